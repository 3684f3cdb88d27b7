#!/usr/bin/perl
# Part of log-files.sh, which says what it answers.

require "../shared/paths.pl";
# Numbers of errno(3): the module Errno takes 3 ms of CPU to load.
my $EACCES = 13;
my ($place, $port, $data, $journal, $says) = @ARGV;
my (@places, %closed, $unsure);
my $is_closed = sub { !-e $_[0] && $! == $EACCES };
my $is_on = sub { ($_[0] // "off") =~ /^(o|on|t(r(ue?)?)?|y(es?)?|1)$/i };
my $folder_of = sub { $_[0] =~ m{^(.*)/} ? $1 : "." };

# What a file of the configuration sets, with the files that it includes: a later line wins.
sub read_settings {
  my ($file, $set, $depth) = @_;
  local $_;
  my $in;
  if ($depth > 9 || !open $in, "<", $file) { return $! == $EACCES ? 0 : -1 }
  while (<$in>) {
    my ($name, $quoted, $plain) = /^\s*([A-Za-z_][\w.]*)\s*(?:=\s*|\s)(?:'((?:[^'\\]|''|\\.)*)'|([^\s#']+))/ or next;
    my $value = defined $quoted ? $quoted =~ s/''|\\'/'/gr : $plain;
    if ($name !~ /^include(_if_exists|_dir)?$/i) { $set->{lc $name} = $value; next }
    my $path = $value =~ m{^/} ? $value : $folder_of->($file) . "/$value";
    my @files = ($path);
    if (lc $name eq "include_dir") { opendir my $dir, $path or next; @files = map { "$path/$_" } sort grep { /^[^.].*\.conf$/ } readdir $dir }
    read_settings($_, $set, $depth + 1) for @files;
  }
  return 1;
}

# -c name=value, --name=value and -p PORT, as postmasters are started with.
sub options {
  my ($line) = @_;
  my %set;
  $set{lc $1 =~ tr/-/_/r} = $2 while $line =~ /(?:^|[\s"'])(?:-c\s*|--)([A-Za-z_][\w.-]*)=([^\s"']*)/g;
  $set{port} = $1 if $line =~ /(?:^|[\s"'])-p\s*(\d+)/;
  return %set;
}

sub learn {
  my ($one) = @_;
  my %set;
  my $may = read_settings($one->{conf}, \%set, 0);
  $one->{data} = $set{data_directory} // $one->{data} // $folder_of->($one->{conf});
  my $auto = read_settings("$one->{data}/postgresql.auto.conf", \%set, 0);
  @$one{qw(known whole gone)} = ($may == 1, $may == 1 && $auto != 0, $may < 0);
  $one->{set} = { %set, %{ $one->{given} // {} } };
  return $one;
}

# Debian keeps the configuration in /etc; elsewhere it is beside the data.
sub clusters {
  my %found;
  for my $conf (paths_like("/etc/postgresql/*/*/postgresql.conf")) {
    my ($version, $name) = $conf =~ m{([^/]+)/([^/]+)/[^/]+$};
    my $own = $folder_of->($conf);
    my $first = -l "$own/log" ? readlink "$own/log" : "/var/log/postgresql/postgresql-$version-$name.log";
    my %given;
    if (open my $in, "<", "$own/pg_ctl.conf") { %given = map { options($_) } grep { !/^\s*#/ } <$in> }
    $found{$conf} = { conf => $conf, first => $first, given => \%given };
  }
  for (grep { /^\s*\d+\s+\S*\b(?:postgres|postmaster)\s.*-D/ } defined &main::processes ? @{main::processes("pid") // []} : `ps -ww -eo pid=,args=`) {
    my ($pid, $line) = /^\s*(\d+)\s+(.*)/;
    my ($at) = $line =~ /\s-D\s*(\S+)/ or next;
    my %given = options($line);
    my $conf = $given{config_file} // "$at/postgresql.conf";
    my $one = $found{$conf} //= { conf => $conf };
    @$one{qw(data given)} = ($at, \%given);
    my $to = readlink "/proc/$pid/fd/2";
    $one->{first} = $to if defined $to && $to =~ m{^/(?!dev/)} && -f $to;
  }
  my $own = "$data/postgresql.conf";
  $found{$own} //= { conf => $own } if -e $own;
  my @all = map { learn($found{$_}) } sort keys %found;
  # Debian's are in no folder of data: that one is closed then says nothing.
  push @all, learn({ conf => $own }) if $is_closed->($own) && !grep { $_->{data} eq $data } @all;
  return @all;
}

# What the server said where its words go from here on, as it gave up its standard error.
sub farewell {
  my ($file) = @_;
  my %to;
  local $_;
  open my $in, "<", $file or return;
  seek $in, -65536, 2;
  while (<$in>) {
    %to = () if /starting PostgreSQL|ready to accept connections/;
    $to{folder} = $1 if /Future log output will appear in directory "(.+)"/;
    $to{destination} = $1 if /Future log output will go to log destination "(.+)"/;
  }
  return %to;
}

sub newest {
  my ($kind, $folder, $pattern, $most) = @_;
  my $dir;
  if (!opendir $dir, $folder) { $closed{$folder} = 1 if $! == $EACCES; return }
  my @files = map { "$folder/$_" } grep { /$pattern/ } readdir $dir;
  if (@files && $is_closed->($files[0])) { $closed{$folder} = 1; return }
  my @by_age = sort { (stat $a)[9] <=> (stat $b)[9] or $a cmp $b } grep { -f } @files;
  push @places, map { [$kind, $_] } @by_age > $most ? @by_age[-$most .. -1] : @by_age;
}

sub within {
  my ($one, $path) = @_;
  return $path =~ m{^/} ? $path : "$one->{data}/$path";
}

sub collected {
  my ($one, $kind, $to) = @_;
  my %ending = (stderr => "", csvlog => ".csv", jsonlog => ".json");
  if (open my $in, "<", "$one->{data}/current_logfiles") {
    push @places, map { [$kind, within($one, $_)] } map { /^$kind (.+)$/ } <$in>;
  }
  my $name = $one->{set}{log_filename} // "postgresql-%Y-%m-%d_%H%M%S.log";
  $name =~ s/(\.log)?$/$ending{$kind}/ if $kind ne "stderr";
  my $pattern = join ".*", map { quotemeta } split /%./, $name, -1;
  for my $folder (grep { defined } $one->{set}{log_directory} // "log", $to) {
    # The second one is of before the last rotation.
    newest($kind, within($one, $folder), "^$pattern\$", 2);
  }
}

# The journal has these lines too.
sub syslog {
  my ($file) = grep { -e || $is_closed->($_) } "/var/log/syslog", "/var/log/messages";
  push @places, [syslog => $file, $_[0]] if defined $file && $journal ne "yes";
}

sub places_of {
  my ($one) = @_;
  my $first = $one->{first};
  my %to = defined $first ? farewell($first) : ();
  if (defined $first && (-e $first || $is_closed->($first))) { push @places, [first => $first] }
  my $collector = $is_on->($one->{set}{logging_collector}) || $to{folder};
  my %destination = map { $_ => 1 } split /[\s,]+/, lc($one->{set}{log_destination} // "stderr") . "," . ($to{destination} // "");
  $unsure ||= !$one->{known} || $collector && !$one->{whole};
  # Not on this host, as that of a container is: there is nothing to be let into.
  if (!$one->{known} && !$says) { $closed{ $one->{conf} } = 1 unless $one->{gone}; return }
  # Where lines are to be had, they are the easiest to read; all destinations get the same.
  my ($kind) = grep { $destination{$_} } qw(stderr csvlog jsonlog);
  if (defined $kind && $collector) { collected($one, $kind, $to{folder}) }
  elsif ($destination{syslog}) { syslog($one->{set}{syslog_ident} // "postgres") }
}

# By the newest file of a folder: lines, or else records.
sub find_in {
  my ($folder) = @_;
  for ([stderr => '\.log$'], [csvlog => '\.csv$'], [jsonlog => '\.json$']) { newest($_->[0], $folder, $_->[1], 1) unless @places }
  $closed{$folder} = 1 if $is_closed->("$folder/any.log");
}

# What the server itself says of its settings is what is in force.
sub believe {
  my ($one) = @_;
  $one->{set} = { %{ $one->{set} }, map { /^(\w+)=(.*)/ } split /\n/, $says };
  @$one{qw(known data)} = (1, $one->{set}{data_directory} // $one->{data});
}

sub find_places {
  if ($place ne "") { return -f $place ? push @places, [stderr => $place] : find_in($place) }
  my @all = clusters();
  return find_in("/var/log/postgresql") unless @all;
  # Where none is known to have that port, it may be one whose configuration is closed.
  my @meant = grep { ($_->{set}{port} // ($_->{known} ? 5432 : 0)) == $port } @all;
  @meant = grep { !$_->{known} } @all unless @meant;
  @meant = @all unless @meant;
  believe(@meant) if $says && @meant == 1;
  places_of($_) for @meant;
}

find_places();
exit 75 if $unsure && !defined $says;
my %seen;
@places = grep { !$seen{ $_->[1] }++ } @places;
for (@places) { $closed{ $_->[1] } = 1 if !open(my $in, "<", $_->[1]) && $! == $EACCES }
if (%closed) { print STDERR "this login may not read ", join(" and ", sort keys %closed), "\n"; exit 77 }
my @by_age = sort { ((stat $a->[1])[9] // 0) <=> ((stat $b->[1])[9] // 0) } @places;
print map { join("\t", @$_) . "\n" } @by_age;
1;

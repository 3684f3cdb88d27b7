#!/usr/bin/perl
# What do PostgreSQL's clusters have for a configuration, and whose is their data?
#
# Reads: postgresql.conf, the folder that it includes, postgresql.auto.conf where it may, pg_ctl.conf, start.conf, stat of the data.
# Prints: a line a cluster: file, data, owner, mode, start, listen_addresses (with its place, where another file has the last word), port, max_connections, how many of them are
#   reserved, and where that is set.
# Needs: to read postgresql.conf (77 where it may not).
# Arguments: pgData.

require "../shared/may-read.pl";
require "../shared/paths.pl";
my ($pg_data) = @ARGV;
my $known = qr/^(?:data_directory|listen_addresses|port|max_connections|(?:superuser_)?reserved_connections|include_dir)$/;
# A setting each: name, value, FILE:LINE.
sub settings_in {
  my @set;
  for my $file (@_) {
    open my $in, "<", $file or next;
    while (<$in>) {
      chomp;
      my $name = lc s/^[ \t]+//r =~ s/[ \t=].*//r;
      next if $name !~ $known;
      my $value = s/^[ \t]*[A-Za-z_]+[ \t]*=?[ \t]*//r;
      if ($value =~ s/^'//) { $value =~ s/'.*// } else { $value =~ s/[ \t#].*// }
      push @set, [$name, $value, "$file:$."];
    }
  }
  return @set;
}
# What Debian's pg_ctlcluster starts the server with goes before all files (pg_ctlcluster(1), -o of pg_ctl(1)).
sub options_in {
  my ($file) = @_;
  my @set;
  open my $in, "<", $file or return;
  while (<$in>) {
    my ($options) = /^\s*pg_ctl_options\s*=\s*(.*)/ or next;
    $options =~ s/^'(.*)'\s*$/$1/;
    while ($options =~ /(?:^|[\s"'])(?:-c\s*|--)([\w-]+)=("[^"]*"|'[^']*'|[^\s"']+)/g) {
      my ($name, $value) = (lc $1 =~ tr/-/_/r, $2 =~ s/^(["'])(.*)\1$/$2/r);
      push @set, [$name, $value, "$file:$."] if $name =~ $known;
    }
  }
  return @set;
}
# The last line of a setting is the one that counts.
sub last_of {
  my ($name, @set) = @_;
  my ($last) = map { $_->[1] } grep { $_->[0] eq $name } reverse @set;
  return $last // "";
}
# What clients meet: addresses (an empty list is a setting too: the socket only), port, slots, the reserved ones, where.
sub limits {
  my ($conf, @set) = @_;
  my (%value, %place);
  for (@set) { $value{$_->[0]} = $_->[1]; $place{$_->[0]} = $_->[2] }
  my $in_force = sub { my ($name, $standard) = @_; return ($value{$name} // "") eq "" ? $standard : $value{$name} };
  my $places = join " ", grep { defined } @place{qw(superuser_reserved_connections reserved_connections)};
  my @reserved = map { /^\s*(-?\d+)/ ? $1 : 0 } $in_force->("superuser_reserved_connections", 3), $in_force->("reserved_connections", 0);
  my $listen_at = $place{listen_addresses} // "";
  my $listen = $listen_at eq "" ? "localhost" : $in_force->("listen_addresses", "-");
  $listen .= " of $listen_at" if $listen_at ne "" && $listen_at !~ /^\Q$conf\E:/;
  return ($listen, $in_force->("port", 5432),
    $in_force->("max_connections", 100), $reserved[0] + $reserved[1], $places);
}
# Debian keeps them in /etc; elsewhere they are in the data folder itself, which most logins may not read.
my ($own, $found) = ("$pg_data/postgresql.conf", 0);
my $of_debian = "/etc/postgresql/*/*/postgresql.conf";
my @all = paths_like($of_debian);
@all = $of_debian unless @all;
for my $conf (@all, $own) {
  # Where Debian's folder has one, there is none beside the data.
  next if $conf eq $own && $found && !may_open($own);
  refuse($conf) if is_closed($conf);
  next if !-e $conf;
  $found = 1;
  my $folder = $conf =~ s{/[^/]*$}{}r;
  my @set = settings_in($conf);
  my $more = last_of("include_dir", @set);
  $more = "$folder/$more" if $more ne "" && $more !~ m{^/};
  @set = settings_in($conf, paths_like(as_it_is($more) . "/*.conf")) if $more ne "";
  my $data = last_of("data_directory", @set);
  $data = $folder if $data eq "";
  my ($owner, $mode) = ("missing", 0);
  if (my @stat = stat $data) { ($owner, $mode) = (getpwuid $stat[4] // "UNKNOWN", sprintf "%o", $stat[2] & 07777) }
  elsif (is_closed($data)) { refuse($data) }
  push @set, settings_in("$data/postgresql.auto.conf"), options_in("$folder/pg_ctl.conf");
  my $start;
  if (open my $in, "<", "$folder/start.conf") { ($start) = grep { !/^\s*(?:#|$)/ } <$in> }
  $start //= "auto";
  chomp $start;
  print join("\t", $conf, $data, $owner, $mode, $start, limits($conf, @set)), "\n";
}

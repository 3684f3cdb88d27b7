#!/usr/bin/perl
# What of DebVisor is on this host, and how is it deployed?
#
# The guide's names are the first guess: where its unit is there, nothing else is called DebVisor. Else the unit whose
# socket nginx leads to, or the only one named debvisor* that serves requests; where several fit, none is chosen, unless
# nginx shares requests between them. Ports and socket files come from the sockets that its processes hold, from its socket unit, its arguments, what its
# container publishes, and what nginx passes requests to. No value of a setting leaves the host but where the database
# is.
#
# Reads: config.yaml in the guide's layout, names of unit files, systemctl show, ss, this host's addresses, nginx's configuration, environment files of the
#   unit, .env of its working folder and gunicorn's own file; says hello to its port where nothing tells if it speaks TLS.
# Prints: key=value lines, a value that is not known empty. choice: several units, of which one has to be named. listen:
#   the address to ask it at, or unix: and a socket file. dbBroken: the setting that should be the URL of its database and
#   is no URL. more: how many units are in neither services nor choice for their number. nothing: yes where there is
#   nothing of the platform; listening: units that listen, and could be named.
# Needs: no right; what it may not read it does not find.
# Arguments: unit, port, nginxFile, configFile, envFile, pgHost, pgPort, pgUser, pgDatabase.

use strict;
use warnings;
require "../shared/sockets.pl";
require "../shared/paths.pl";
require "../shared/unit-settings.pl";
require "../shared/yaml-settings.pl";
require "../shared/nginx-servers.pl";
# Numbers of errno(3): the module Errno takes 3 ms of CPU to load.
my $EACCES = 13;
my ($guide, $guide_port, $nginx_file, $config, $env_file, @given_database) = @ARGV;

# --- What there is

# Systemd's folders of unit files, the administrator's first (systemd.unit(5)).
my @folders = map { "$_/systemd/system" } qw(/etc /run /usr/local/lib /usr/lib /lib);
push @folders, map { "/run/systemd/$_" } qw(transient generator generator.late generator.early);
# As systemd has them; what else stands there is none of its units.
my $unit_name = qr/^[A-Za-z0-9:_.\\@-]{1,200}(?<!@)\.service$/;

sub unit_names {
  my %found;
  for my $folder (@folders) {
    opendir my $dir, $folder or next;
    $found{$_}++ for grep { /^debvisor/ && $_ =~ $unit_name } readdir $dir;
  }
  return sort keys %found;
}

# Sockets that listen: address, port, and the unit by its control group.
sub listeners {
  my @found;
  for (lines_of("ss", "-ltneH")) {
    my ($local) = /^LISTEN\s+\d+\s+\d+\s+(\S+)\s/ or next;
    my ($address, $port) = $local =~ /^(.*):(\d+)$/ or next;
    my ($unit) = m{\bcgroup:\S*/([^/\s]+\.service)\b};
    push @found, { %{place($address)}, port => $port, unit => $unit // "" };
  }
  return @found;
}

# address: of this host, without brackets and interface; is_any: all of them; is_own: this host alone reaches it.
sub place {
  my $address = $_[0] =~ s/^\[|\]$|%.*$//gr;
  my $is_any = $address =~ /^(?:\*|0\.0\.0\.0|::|)$/ ? 1 : 0;
  my $is_own = $address =~ /^(?:127\.|::1$|localhost$|::ffff:127\.)/ ? 1 : 0;
  return { address => $address, is_any => $is_any, is_own => $is_own };
}

my @listeners = listeners();
my %held;    # by unit and port
$held{$_->{unit}}{$_->{port}} //= $_ for @listeners;
my %held_by_socket;    # by unit and file

my @servers = $nginx_file ne "" ? nginx_servers($nginx_file) : ();
my %local = map { $_ => 1 } own_addresses();
sub own_addresses {
  my $text;
  if (open my $routes, "<", "/proc/net/fib_trie") { read $routes, $text, 1 << 18 }
  return ($text // "") =~ m{\|-- ([0-9.]+)\n\s+/32 host LOCAL}g, map { $_->{address} } @listeners;
}
sub is_here {
  my ($lead) = @_;
  return unless defined $lead->{port};
  return $lead->{host} =~ /^(?:localhost|127\.[0-9.]+|\[::1\]|0\.0\.0\.0)$/ || $local{place($lead->{host})->{address}};
}
my @leads = map { @{$_->{leads}} } @servers;
my (%passed, %passed_sockets);    # a lead by port, by file
$passed{$_->{port}} //= $_ for grep { is_here($_) } @leads;
$passed_sockets{$_->{socket}} //= $_ for grep { defined $_->{socket} } @leads;

my @shown = qw(Id Names LoadState ActiveState UnitFileState Type User Group WorkingDirectory RuntimeDirectory ExecStart
  Environment EnvironmentFiles UnsetEnvironment FragmentPath StandardError MainPID After Wants Requires TriggeredBy
  NetworkNamespacePath);
my $wanted = $guide =~ /\.[a-z]+$/ ? $guide : "$guide.service";
my @behind = grep { $_ ne "" && $_ !~ /^nginx/ } map { $_->{unit} } grep { $passed{$_->{port}} } @listeners;
# An alias is the unit that it stands for, and a unit may have a file and be loaded.
my (@units, %by_name);
for my $unit (shown_units(\@shown, $wanted, unit_names(), @behind, "debvisor*.service")) {
  next if $unit->{LoadState} !~ /^(?:loaded|masked|bad-setting|error)$/;
  next if $unit->{Id} !~ $unit_name || $by_name{$unit->{Id}};
  push @units, $unit;
  $by_name{$_} = $unit for $unit->{Id}, split / /, $unit->{Names};
}
@units = sort { $a->{Id} cmp $b->{Id} } @units;

my $no_web = qr/rpc|grpc|backup|firstboot|first-boot|exporter|agent|websockify|vnc|health|cleanup|migrat|worker|scheduler
  |collector/x;
sub is_service { my ($unit) = @_; return $unit->{Type} ne "oneshot" }
sub is_platform {
  my ($unit) = @_;
  return $unit->{Id} =~ /^debvisor/ || "$unit->{WorkingDirectory} $unit->{ExecStart}" =~ /debvisor/;
}
sub is_active { return $_[0]{ActiveState} =~ /^(?:active|reloading)$/ }
# One that a socket unit starts is enabled by that.
sub is_in_use {
  my ($unit) = @_;
  return $unit->{ActiveState} ne "inactive" || $unit->{UnitFileState} =~ /^enabled/ || $unit->{by_socket};
}
sub template_of { return $_[0]{Id} =~ /^([^@]+@)/ ? $1 : "" }
sub bare { return $_[0] =~ s/\.service$//r }

# Its socket units hold the sockets that systemd hands it, under process 1.
my @triggers = grep { /\.socket$/ } map { split / /, $_->{TriggeredBy} } @units;
my %socket_units = map { $_->{Id} => $_ } shown_units([qw(Id ActiveState Listen)], @triggers);
for my $unit (@units) {
  for my $socket (grep { $_ && is_active($_) } map { $socket_units{$_} } split / /, $unit->{TriggeredBy}) {
    $unit->{by_socket} //= $socket->{Id};
    $held_by_socket{$unit->{Id}}{$_} = 1 for $socket->{Listen} =~ m{(?:^| )(/\S+) \(Stream\)}g;
    while ($socket->{Listen} =~ /(?:^| )(\S*):(\d+) \(Stream\)/g) {
      my ($address, $port) = ($1, $2);
      $held{$unit->{Id}}{$port} //= { %{place($address)}, port => $port, unit => $unit->{Id} };
    }
  }
}

# --- What a unit says of itself

my %settings;    # by unit
sub set_of {
  my ($unit) = @_;
  return $settings{$unit->{Id}} //= { map { $_->{name} => $_->{value} } settings_of($unit) };
}

# Ports that a container publishes; undef where it is none, or has the host's own network.
sub published {
  my ($argv) = @_;
  return unless $argv =~ m{(?:^|[/\s])(?:docker|podman|nerdctl)\s.*?\brun\s} && $argv !~ /\s--net(?:work)?[= ]host\b/;
  my @found;
  while ($argv =~ /\s(?:-p|--publish)[= ]?(?:(\[[0-9a-f:]+\]|[0-9.]+):)?(\d{1,5}):\d+(?:\/tcp)?(?=\s|$)/g) {
    my ($address, $port) = ($1 // "", $2);
    push @found, { %{place($address)}, port => $port };
  }
  return \@found;
}

# Where gunicorn's and uvicorn's arguments, and gunicorn's own file, say that it listens, and whether over TLS.
my %bound;    # by unit
sub bound {
  my ($unit) = @_;
  return $bound{$unit->{Id}} //= do {
    my ($set, $folder) = (set_of($unit), folder_of($unit));
    my $argv = argv_of($unit);
    my $said = "$argv " . ($set->{GUNICORN_CMD_ARGS} // "");
    $said =~ s/\$\{?(\w+)\}?/$set->{$1} \/\/ ""/ge;
    my ($file) = $said =~ /(?:^|\s)(?:-c|--config)[= ](?:file:)?(\S+)/;
    my $text = text_of(!defined $file ? "$folder/gunicorn.conf.py" : $file =~ m{^/} ? $file : "$folder/$file") // "";
    $text =~ s/^\s*#.*$//mg;
    my @places = $said =~ /(?:^|\s)(?:-b|--bind)[= ]?(\S+)/g;
    push @places, map { "unix:$_" } $said =~ /\s(?:--uds|--unix-socket)[= ](\S+)/g;
    push @places, map { ":$_" } $said =~ /\s--(?:http-|https-)?port[= ](\d+)/g;
    my ($bind) = $text =~ /^\s*bind\s*=\s*(\[[^\]]*\]|[^\n]*)/m;
    @places = $bind =~ /["']([^"']+)["']/g if !@places && defined $bind;
    my $published = published($argv);
    my @ports = $published ? @$published : map { /^(?!unix:|fd:).*:(\d{1,5})$/ ? { port => $1 } : () } @places;
    my @files = map { m{^/} ? $_ : "$folder/$_" } map { m{^unix:(?://(?=/))?(.+)$} ? $1 : () } @places;
    my $tls = $said =~ /\s--(?:certfile|keyfile|ssl-)/ || $text =~ /^\s*(?:certfile|keyfile)\s*=\s*[^N\s]/m;
    { ports => \@ports, files => $published ? [] : \@files, tls => $tls ? 1 : undef, is_container => $published ? 1 : 0 };
  };
}

sub is_behind {
  my ($unit) = @_;
  return 1 if grep { $_ eq $unit->{Id} } @behind;
  return grep { $passed_sockets{$_} } files_of($unit);
}

# Socket files that are its own: of its socket unit, its arguments, and those of nginx in a folder that systemd makes for
# it, where it is expected though its arguments say another. As nginx writes them, if it does: /var/run is /run.
sub in_run { return $_[0] =~ s{^/var/run/}{/run/}r }
my %as_written = map { in_run($_) => $_ } keys %passed_sockets;
sub files_of {
  my ($unit) = @_;
  my @folders = map { "/run/$_/" } split / /, $unit->{RuntimeDirectory};
  my @in_folder = grep { my $file = $_; grep { index($file, $_) == 0 } @folders } sort keys %as_written;
  my @all = ((sort keys %{$held_by_socket{$unit->{Id}} // {}}), @{bound($unit)->{files}}, @in_folder);
  return map { $as_written{in_run($_)} // $_ } @all;
}

my %say = map { $_ => "" } qw(unit choice layout user group folder port listen tls socketUnit envFile errorLog frontPort
  site siteHost database dbHost dbPort dbUser dbName dbFile dbBroken dbGuess psqlHost cache services more nothing listening said);

# --- Which of them is DebVisor's own

# One that fits better than the others, else several or none.
sub choose {
  my $guides = $by_name{$wanted};
  my @fit = grep { is_service($_) && is_platform($_) && $_->{Id} !~ $no_web } @units;
  @fit = grep { $_->{Id} ne $guides->{Id} } @fit if $guides;
  # One that is neither enabled nor running may have been left behind by an upgrade.
  return $guides if $guides && (is_in_use($guides) || !grep { is_in_use($_) } @fit);
  for my $better (
    \&is_behind,
    \&is_in_use,
    sub { $held{$_[0]{Id}} || $held_by_socket{$_[0]{Id}} },
    sub { $_[0]{Id} =~ /panel|web|ui\b/ },
  ) {
    return $fit[0] if @fit == 1;
    my @some = grep { $better->($_) } @fit;
    @fit = @some if @some;
  }
  # Instances of one template are the same program: any of those that run is DebVisor, and the rest stands beside it.
  my %templates = map { template_of($_) => 1 } @fit;
  return (grep({ is_active($_) } @fit), @fit)[0] if keys %templates == 1 && !$templates{""};
  return first_of_group(@fit) // @fit;
}

# Instances that nginx shares requests between are one service: the first that its group names stands for all.
sub first_of_group {
  my @fit = @_;
  my %groups;
  push @{$groups{$_->{group}}}, $_->{port} for grep { $_->{group} ne "" && defined $_->{port} && is_here($_) } @leads;
  for my $ports (values %groups) {
    my @units = map { my $port = $_; grep { ($held{$_->{Id}} // {})->{$port} } @fit } @$ports;
    my %there = map { $_->{Id} => 1 } @units;
    return $units[0] if @fit > 1 && keys %there == @fit;
  }
  return;
}

# Where requests are expected: a port, or a socket file, or neither.
sub where {
  my ($unit) = @_;
  my $own = $held{$unit->{Id}} // {};
  my @files = files_of($unit);
  my @bound = @{bound($unit)->{ports}};
  my ($passed_port) = grep { $passed{$_} } sort { $a <=> $b } keys %$own;
  my ($passed_file) = grep { $passed_sockets{$_} } @files;
  my ($led_to) = grep { $passed{$_->{port}} && is_free($_->{port}, $unit) } @bound;
  # A port that is not the guide's is the inventory's own.
  return { port => $guide_port } if $own->{$guide_port} || $guide_port != 8080;
  return { port => $passed_port } if defined $passed_port;
  return { file => $passed_file } if defined $passed_file;
  return elsewhere($unit, \@bound) // {} if $unit->{NetworkNamespacePath} ne "";
  return { port => $led_to->{port} } if $led_to;
  return { port => $bound[0]{port} } if @bound;
  return { file => $files[0] } if @files;
  return { port => $guide_port } if $passed{$guide_port};
  # Metrics and debuggers listen beside it, mostly for this host alone.
  my ($first) = sort { $own->{$a}{is_own} <=> $own->{$b}{is_own} || $a <=> $b } keys %$own;
  return { port => $first } if defined $first;
  my @free = grep { is_free($_, $unit) } sort { $a <=> $b } keys %passed;
  return @free == 1 ? { port => $free[0] } : {};
}

# Held by nobody else. What holds the ports that containers publish is no other service.
sub is_free {
  my ($port, $unit) = @_;
  my @holders = map { $_->{unit} } grep { $_->{port} == $port } @listeners;
  return !grep { $_ ne $unit->{Id} && !/^(?:docker|containerd|podman)/ } @holders;
}

# In a network of its own only nginx knows its address.
sub elsewhere {
  my ($unit, $bound) = @_;
  my %ports = map { $_->{port} => 1 } @$bound;
  my @there = grep { defined $_->{port} && !is_here($_) && (!%ports || $ports{$_->{port}}) } @leads;
  my %places = map { ("$_->{host} $_->{port}" => $_) } @there;
  return if keys %places != 1;
  return { port => $there[0]{port}, address => place($there[0]{host})->{address}, lead => $there[0] };
}

# The address to ask a port at: this host's own, but where it listens on another one alone and nginx knows that.
sub address_of {
  my ($unit, $port) = @_;
  my @at = grep { $_->{port} == $port && $_->{unit} eq $unit->{Id} } @listeners;
  return "127.0.0.1" if !@at || grep { $_->{is_any} || $_->{address} =~ /^127\./ } @at;
  my @asked = grep { defined $_->{port} && $_->{port} == $port } @leads;
  my %asked = map { place($_->{host})->{address} => 1, $_->{host} eq "localhost" ? ("::1" => 1) : () } @asked;
  my ($known) = grep { $asked{$_->{address}} } @at;
  $known //= $at[0] if !@leads && $say{layout} eq "own";
  return $known ? $known->{address} : "127.0.0.1";
}

# The beginning of a TLS conversation: who speaks it answers with a record of it (RFC 8446, 5.1), even to refuse.
sub speaks_tls {
  my ($address, $port) = @_;
  my ($to) = connect_to($address, $port, 1);
  return unless $to;
  my $hello = pack "n a32 C n n C C", 0x0303, "d" x 32, 0, 2, 0x002f, 1, 0;
  my $got = "";
  eval {
    local $SIG{ALRM} = sub { die };
    alarm 1;
    local $SIG{PIPE} = "IGNORE";
    syswrite $to, pack "C n n C C n a*", 22, 0x0301, 4 + length $hello, 1, 0, length $hello, $hello;
    sysread $to, $got, 5;
  };
  alarm 0;
  return $got =~ /^[\x15\x16]\x03/ ? 1 : 0;
}

# Of more than these the number is told.
my $most = 40;
my @chosen = choose();
my $main = @chosen == 1 ? $chosen[0] : undef;
# What DebVisor's unit names is its own, though somebody disabled it.
my %needed = map { $_ => 1 } $main ? split / /, join " ", @$main{qw(After Wants Requires)} : ();
my @others = grep { $_->{Id} =~ /^debvisor/ && is_service($_) && (is_in_use($_) || $needed{$_->{Id}}) } @units;
@others = grep { $_->{Id} ne $main->{Id} } @others if $main;
@others = () if @chosen > 1;
@chosen = () if @chosen == 1;
my $more = (@others > $most ? @others - $most : 0) + (@chosen > $most ? @chosen - $most : 0);
$say{more} = $more if $more;
$say{choice} = names_of(@chosen);
$say{services} = names_of(@others);
sub names_of { return join " ", map { bare($_->{Id}) } @_[0 .. (@_ < $most ? @_ : $most) - 1] }

# What a person could name, where nothing has a name that is known.
if (!$main && !@chosen) {
  my %ports;
  for (@listeners) { $ports{$_->{unit}}{$_->{port}} = 1 if $_->{unit} !~ /^(?:ssh|systemd-|nginx|postgresql|$)/ }
  my @listening = map { bare($_) . " on " . join ", ", sort { $a <=> $b } keys %{$ports{$_}} } sort keys %ports;
  $say{listening} = join "; ", some_of(8, @listening);
  # Data alone may be of a package that was removed.
  my $is_left = grep { -e } qw(/opt/debvisor /etc/debvisor /usr/share/debvisor);
  $say{nothing} = "yes" if !grep({ is_platform($_) } @units) && !$passed{$guide_port} && !$is_left;
  # So no server of a database is missed either.
  $say{database} = "none" if $say{nothing} && !grep { -e } map { "$_/postgresql.service" } @folders;
}

my $where = $main ? where($main) : {};
if ($main) {
  my $is_guides = $main->{Id} eq "debvisor.service";
  $say{layout} = $is_guides ? "guide" : "own";
  $say{unit} = bare($main->{Id});
  $say{socketUnit} = $main->{by_socket} // "";
  my $port = $say{port} = $where->{port} // "";
  my $lead = defined $where->{file} ? $passed_sockets{$where->{file}} : $where->{lead} // $passed{$port};
  my $scheme = $lead ? $lead->{scheme} : "";
  my $address = $where->{address} // ($port eq "" ? "" : address_of($main, $port));
  $say{listen} = defined $where->{file} ? "unix:$where->{file}" : $address;
  my $tls = bound($main)->{tls};
  $tls = 1 if $scheme =~ /^(?:https|grpcs)$/;
  my $is_open = $port ne "" && grep { $_->{port} == $port } @listeners;
  $tls //= speaks_tls($address, $port) if !$is_guides && $is_open && $scheme eq "";
  $say{tls} = $tls ? "true" : "false";
  guides_database() if $is_guides;
  if (!$is_guides) {
    my $set = set_of($main);
    @say{qw(user group)} = ($main->{User} || "root", $main->{Group});
    $say{folder} = folder_of($main);
    my @env_files = (reverse(environment_files($main)), $say{folder} eq "" ? () : "$say{folder}/.env");
    ($say{envFile}) = grep { -e || $! == $EACCES } @env_files;
    ($say{errorLog}) = argv_of($main) =~ m{--(?:error-logfile|log-file)[= ](/\S+)};
    ($say{errorLog}) = $main->{StandardError} =~ m{^(?:append|file|truncate):(/.*)} unless defined $say{errorLog};
    my ($name) = grep { ($set->{$_} // "") ne "" } qw(DATABASE_URL SQLALCHEMY_DATABASE_URI);
    my %url = connection_of(defined $name ? $set->{$name} : "");
    $say{dbBroken} = $name if defined $name && $set->{$name} !~ m{^[\w+]+://};
    @say{qw(database dbHost dbPort dbUser dbName dbFile)} = @url{qw(kind host port user name file)};
    $say{database} ||= "unknown";
    $say{cache} = cache_of($set->{REDIS_URL} // "");
  }
}

# Of the guide's layout, by the order of a program that reads its environment: config.yaml, .env, what the unit sets, and in each
# a URL before its parts. What a program does not say itself libpq takes from PGHOST and the like.
sub guides_database {
  my %set = map { $_->{name} => $_->{value} } @{settings_in_dotenv($env_file) // []};
  %set = (%set, %{set_of($main)});
  my %of = database_in_yaml($config);
  my %own = database_in_environment(\%set, qr/(?:DB|DATABASE|POSTGRES|POSTGRESQL)/);
  my %libpq = database_in_environment(\%set, qr/PG/);
  my ($name) = grep { ($set{$_} // "") ne "" } qw(DATABASE_URL SQLALCHEMY_DATABASE_URI);
  my %url = connection_of(defined $name ? $set{$name} : "");
  if (defined $name && $url{kind} eq "unknown") {
    $say{dbBroken} = $name if $set{$name} !~ m{^[\w+]+://};
    guess("$name could not be read: it is no URL of PostgreSQL or SQLite");
    return;
  }
  guess("$config could not be read: $of{why}") if defined $of{why} && !$url{host};
  my $is_told = !defined $of{why} && !$of{is_closed};
  $is_told ||= $_->{host} || $_->{name} for \%url, \%own;
  my %all = (%libpq, ($is_told ? %of : ()), %own, filled(%url));
  return guess(-e $config ? "$config is closed to this login" : "$config cannot be seen by this login") if !%all && $of{is_closed};
  @say{qw(database dbHost dbPort dbUser dbName dbFile)} = @all{qw(kind host port user name file)};
  $say{database} = "postgresql" if %all && !$say{database};
  # A cluster that was moved is where the platform looks for it. A port where none is stays a mistake, which is judged.
  $say{dbPort} = "" if ($say{dbPort} // "") ne "" && is_local($say{dbHost} // "") && !is_held($say{dbPort});
  check_database();
}

sub is_local { return $_[0] eq "" || $_[0] =~ m{^/} || $_[0] =~ /^(?:localhost|ip6-localhost)/ || place($_[0])->{is_own} }

# Somebody but DebVisor listens there, or a cluster is to.
sub is_held {
  my ($port) = @_;
  return 1 if grep { $_->{port} eq $port && $_->{unit} ne $main->{Id} } @listeners;
  return is_of_cluster($port);
}
sub is_of_cluster {
  my ($port) = @_;
  return grep { (text_of($_, 1 << 16) // "") =~ /^\s*port\s*=?\s*$port\b/m } paths_like("/etc/postgresql/*/*/postgresql.conf");
}

# What no probe could take is not told as if it were taken.
sub check_database {
  my %fits = (
    dbHost => qr{^(?:/[^\x00-\x1f\x7f]{0,511}|[A-Za-z0-9:][A-Za-z0-9.:_%-]{0,252})$},
    dbPort => qr/^[1-9]\d{0,4}$/,
    map { $_ => qr/^[A-Za-z0-9_][A-Za-z0-9_.+@-]{0,99}$/ } qw(dbUser dbName),
  );
  my %called = (dbHost => "host", dbPort => "port", dbUser => "role", dbName => "name");
  for (sort keys %fits) {
    next if ($say{$_} // "") eq "" || $say{$_} =~ $fits{$_};
    guess("the $called{$_} of its database could not be read: it has characters that are not taken from a host");
    $say{$_} = "";
  }
}

# A name that this host has itself is no other host. Nobody is asked: where DNS is silent that would take as long as all of this may.
sub is_elsewhere {
  my ($host) = @_;
  return if is_local($host) || $local{place($host)->{address}};
  my ($own) = (text_of("/proc/sys/kernel/hostname") // "") =~ /^(\S+)/;
  return if defined $own && lc $host eq lc $own;
  for (split /\n/, text_of("/etc/hosts", 1 << 16) // "") {
    my ($address, @names) = split " ", s/#.*//r;
    return if grep({ lc eq lc $host } @names) && ($local{$address} || place($address)->{is_own});
  }
  return 1;
}

sub guess { $say{dbGuess} = $_[0] if $say{dbGuess} eq "" }

# The port that browsers use: of a server that leads to it, TLS first; without nginx its own.
my $own = $say{port} ne "" ? $say{port} : defined $where->{file} ? "" : $guide_port;
sub leads_to_it {
  my ($lead) = @_;
  return defined $where->{file} && $lead->{socket} eq $where->{file} if defined $lead->{socket};
  return $lead->{port} eq $own && (is_here($lead) || place($lead->{host})->{address} eq $say{listen});
}
my @mine = grep { grep { leads_to_it($_) } @{$_->{leads}} } @servers;
# TLS before plain HTTP, and the usual ports before others, which are mostly for administrators.
my %usual = (443 => 2, 80 => 1);
sub rank { my ($way) = @_; return 10 * $way->{tls} + ($usual{$way->{port}} // 0) }
my @ways = sort { rank($b) <=> rank($a) || $a->{port} <=> $b->{port} } map { ways_to($_) } @mine;
sub ways_to {
  my ($server) = @_;
  my @found;
  for (@{$server->{listens}} ? @{$server->{listens}} : "80") {
    my ($port) = /^(?:\S*:)?(\d+)(?:\s|$)/ or next;
    push @found, { port => $port, tls => /\bssl\b/ ? 1 : 0, server => $server };
  }
  return @found;
}
if (@ways) {
  my $server = $ways[0]{server};
  $say{frontPort} = $ways[0]{port};
  $say{site} = $server->{file} =~ s{.*/}{}r;
  ($say{siteHost}) = grep { /^[A-Za-z0-9][A-Za-z0-9.-]*$/ } @{$server->{names}} if $say{layout} eq "own";
}
elsif ($main && !@leads) {
  my @held = (@listeners, values %{$held{$main->{Id}} // {}});
  $say{frontPort} = $own if grep { $_->{port} eq $own && !$_->{is_own} } @held;
}

# Where psql is to look: nowhere for a server that is on another host, or of which that is not known.
my $database_host = taken(0, "dbHost", "localhost");
$say{psqlHost} = $database_host if $database_host =~ m{^/};
my $is_postgresql = ($say{database} // "") =~ /^(?:postgresql)?$/;
my $forwarder = $is_postgresql && forwarder();
$say{psqlHost} = "elsewhere" if $is_postgresql && ($forwarder || is_elsewhere($database_host));

# A program that holds the port of the database and is no PostgreSQL leads to one: a tunnel, a pool, a container. undef where none does.
sub forwarder {
  my $port = taken(1, "dbPort", "5432");
  return if $port eq "" || $database_host =~ m{^/} || !is_local($database_host);
  my @holders = map { $_->{unit} } grep { $_->{port} eq $port } @listeners;
  return if !@holders || grep({ /postgres/ } @holders) || is_of_cluster($port) || grep { -S "$_/.s.PGSQL.$port" } "/var/run/postgresql", "/tmp";
  my ($name) = grep { $_ ne "" } @holders;
  # systemd itself holds what it hands to a service.
  ($name) = map { /(\S+\.service)/ ? $1 : () } map { $_->{Triggers} } grep { $_->{Listen} =~ /:$port \(Stream\)/ } shown_units([qw(Listen Triggers)], "*.socket")
    unless defined $name;
  return { name => "a program that is not known", to => "" } unless defined $name;
  my ($unit) = shown_units(["ExecStart"], $name);
  my $argv = $unit ? argv_of($unit) : "";
  my ($to) = $argv =~ /(?:-L ?(?:\S+:)?$port:|\bTCP[46]?:|socket-proxyd (?:\S+ )*?)((?:[\w.-]+|\[[0-9a-f:]+\]):\d{1,5})\b/i;
  return { name => bare($name), to => $to // "" };
}

# --- One line for people

sub main_said {
  my $at = $where->{file} // (defined $where->{address} ? "$where->{address}:$say{port}" : $say{port});
  my $said = $say{unit};
  $said .= $at eq "" ? $say{layout} eq "own" ? " (where it takes requests is not known)" : "" : " on $at";
  $said .= " (TLS)" if $say{tls} eq "true";
  $said .= " by $say{socketUnit}" if $say{socketUnit} ne "";
  $said .= " in a container" if $say{layout} eq "own" && bound($main)->{is_container};
  $said .= ", behind nginx site $say{site} on $ways[0]{port}" if @ways;
  return $said;
}

sub other_said {
  my ($other) = @_;
  my @at = ((sort { $a <=> $b } keys %{$held{$other->{Id}} // {}}), sort keys %{$held_by_socket{$other->{Id}} // {}});
  return bare($other->{Id}) . (@at ? " on " . join(", ", @at) : "");
}

# So many of them in words, and how many more.
sub some_of {
  my ($number, @words) = @_;
  return @words <= $number ? @words : (@words[0 .. $number - 1], "and " . (@words - $number) . " more");
}

# What the inventory sets is looked at, whatever the host says: of the parameters here those that differ from the guide's.
sub taken {
  my ($index, $key, $guides) = @_;
  my $given = $given_database[$index] // "";
  return $given ne "" && $given ne $guides ? $given : $say{$key} || "";
}
sub database_said {
  return "SQLite at " . ($say{dbFile} // "") if ($say{database} // "") eq "sqlite";
  my ($user, $name) = (taken(2, "dbUser", "debvisor"), taken(3, "dbName", "debvisor"));
  my $host = taken(0, "dbHost", "localhost") || "localhost";
  my $port = taken(1, "dbPort", "5432") || ($host =~ m{^/} ? "" : 5432);
  my $said = "PostgreSQL at $host" . ($port eq "" ? "" : ":$port");
  my @more = (($name =~ /^(?:debvisor)?$/ ? () : "database $name"), ($user =~ /^(?:debvisor)?$/ ? () : "role $user"));
  $said .= " (" . join(", ", @more) . ")" if @more;
  $said .= " by $forwarder->{name}" . ($forwarder->{to} eq "" ? "" : ", which leads to $forwarder->{to}") if $forwarder;
  $said .= ", another host" if is_elsewhere($host);
  $said .= " (a guess: $say{dbGuess})" if $say{dbGuess} ne "";
  return $said;
}

my @parts;
push @parts, main_said() if $main;
push @parts, database_said() if ($say{database} // "") =~ /^(?:postgresql|sqlite)$/ || $say{dbGuess} ne "";
push @parts, "one of " . join ", ", some_of(8, map { bare($_->{Id}) } @chosen) if @chosen;
push @parts, "Redis at $say{cache}" if defined $say{cache} && $say{cache} ne "";
push @parts, some_of(6, map { other_said($_) } @others);
$say{said} = join "; ", @parts;
printf "%s=%s\n", $_, ($say{$_} // "") =~ s/[^ -~]/?/gr for sort keys %say;
print "=== end\n";

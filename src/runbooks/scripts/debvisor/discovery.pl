#!/usr/bin/perl
# What of DebVisor is on this host, and how is it deployed?
#
# The guide's names are the first guess: where its unit is there, nothing else is called DebVisor. Else the unit whose
# socket nginx leads to, or the only one named debvisor* that serves requests; where several fit, none is chosen. Ports
# come from the sockets that its processes hold, from its arguments, and from what nginx passes requests to. No value of
# a setting leaves the host but where the database is.
#
# Reads: names of unit files, systemctl show, ss, nginx's configuration, and where the unit is not the guide's also its environment
#   files, .env of its working folder and gunicorn's own file; says hello to its port where nothing tells if that speaks TLS.
# Prints: key=value lines, a value that is not known empty. choice: several units, of which one has to be named.
# Needs: no right; what it may not read it does not find.
# Arguments: unit, port, nginxFile.

use IO::Socket::INET;
my ($guide, $guide_port, $nginx_file) = @ARGV;

# Systemd's folders of unit files, the administrator's first (systemd.unit(5)).
my @folders = map { "$_/systemd/system" } qw(/etc /run /usr/local/lib /usr/lib /lib);

sub unit_names {
  my %found;
  for my $folder (@folders) {
    opendir my $dir, $folder or next;
    $found{$_}++ for grep { /^debvisor[A-Za-z0-9_.-]*\.service$/ } readdir $dir;
  }
  return sort keys %found;
}

sub lines_of { my $pid = open my $from, "-|", @_ or return; my @lines = <$from>; close $from; chomp @lines; return @lines }

my @shown = qw(Id LoadState ActiveState UnitFileState Type User Group WorkingDirectory ExecStart Environment EnvironmentFiles FragmentPath
  StandardError MainPID After Wants Requires);
# Properties of several units, a block each.
sub show {
  my @names = @_ or return;
  my (@units, $unit);
  for (lines_of("systemctl", "show", "--no-pager", (map { ("-p", $_) } @shown), "--", @names), "") {
    if (/^([A-Za-z]+)=(.*)$/) { ($unit //= {})->{$1} = $1 eq "EnvironmentFiles" && $unit->{$1} ? "$unit->{$1} $2" : $2 }
    elsif ($unit) { push @units, $unit; undef $unit }
  }
  return @units;
}

# Sockets that listen: port, whether others reach it, and the unit by its control group.
sub listeners {
  my @found;
  for (lines_of("ss", "-ltneH")) {
    my ($local) = /^LISTEN\s+\d+\s+\d+\s+(\S+)\s/ or next;
    my ($address, $port) = $local =~ /^(.*):(\d+)$/ or next;
    my ($unit) = m{\bcgroup:\S*/([^/\s]+\.service)\b};
    push @found, { port => $port, open => $address !~ /^(?:127\.|\[::1\]|::1)/, unit => $unit // "" };
  }
  return @found;
}

# Servers of nginx with what they lead to: [listens, names, file, [[scheme, host, port] …]].
my (%groups, @servers, %read);
my $nginx_bytes = 0;
sub read_nginx {
  my ($file, $stack) = @_;
  return if $read{$file}++ || keys %read > 200 || !-f $file || $nginx_bytes > 1 << 21;
  open my $in, "<", $file or return;
  $nginx_bytes += read $in, my $text, 1 << 18;
  my @words;
  while ($text =~ /\G(?:\s+|#[^\n]*|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([{};])|((?:\$\{\w+\}|\\.|[^\s{};])+))/gcs) {
    if (!defined $3) { push @words, $1 // $2 // $4 if defined($1 // $2 // $4); next }
    my ($mark, $name, @rest) = ($3, @words);
    @words = ();
    if ($mark eq "}") { pop @$stack if @$stack > 1; next }
    if ($mark eq "{") {
      my $at = { server => $stack->[-1]{server}, group => undef };
      if ($name eq "server") { push @servers, $at->{server} = { file => $file, listens => [], names => [], leads => [] } }
      elsif ($name eq "upstream") { $at->{group} = $rest[0] }
      push @$stack, $at;
      next;
    }
    my ($server, $group) = @{$stack->[-1]}{qw(server group)};
    if ($name eq "include" && @rest) {
      my $pattern = $rest[0] =~ m{^/} ? $rest[0] : $nginx_file =~ s{[^/]*$}{}r . $rest[0];
      read_nginx($_, $stack) for sort glob $pattern =~ s/([\\ {}~])/\\$1/gr;
    }
    elsif (defined $group && $name eq "server") { push @{$groups{$group}}, $rest[0] // "" }
    elsif (!$server) { next }
    elsif ($name eq "listen") { push @{$server->{listens}}, "@rest" }
    elsif ($name eq "server_name") { push @{$server->{names}}, @rest }
    elsif ($name =~ /^(?:proxy|grpc|uwsgi)_pass$/) { push @{$server->{leads}}, $rest[0] // "" }
  }
}

# [scheme, port] of what a server leads to on this host.
sub local_ports {
  my ($server) = @_;
  my @found;
  for (@{$server->{leads}}) {
    my ($scheme, $to) = m{^(?:([a-z]+)://)?([^/\s]+)} or next;
    for my $member ($groups{$to} ? @{$groups{$to}} : $to) {
      push @found, [$scheme // "http", $1 // ($scheme eq "https" ? 443 : 80)]
        if $member =~ /^(?:localhost|127\.[0-9.]+|\[::1\]|0\.0\.0\.0)(?::(\d+))?$/;
    }
  }
  return @found;
}

my @listeners = listeners();
my %held;    # ports by unit
$held{$_->{unit}}{$_->{port}} = $_ for @listeners;
read_nginx($nginx_file, [{}]) if $nginx_file ne "";
my %passed;    # port => scheme
for my $server (@servers) { $passed{$_->[1]} //= $_->[0] for local_ports($server) }

my $wanted = $guide =~ /\.[a-z]+$/ ? $guide : "$guide.service";
my %names = map { $_ => 1 } $wanted, unit_names();
my @behind = grep { $_ ne "" && $_ !~ /^nginx/ } map { $_->{unit} } grep { $passed{$_->{port}} } @listeners;
$names{$_} = 1 for @behind;
my @units = grep { ($_->{LoadState} // "") =~ /^(?:loaded|masked|bad-setting|error)$/ } show(grep { !/@\.service$/ } sort keys %names);
my %by_name = map { $_->{Id} => $_ } @units;

my $no_web = qr/rpc|grpc|backup|firstboot|first-boot|exporter|agent|websockify|vnc|health|cleanup|migrat|worker|scheduler|collector/;
sub is_service { my ($unit) = @_; return $unit->{Type} ne "oneshot" }
sub is_platform { my ($unit) = @_; return $unit->{Id} =~ /^debvisor/ || "$unit->{WorkingDirectory} $unit->{ExecStart}" =~ /debvisor/ }
sub is_in_use { my ($unit) = @_; return $unit->{ActiveState} ne "inactive" || $unit->{UnitFileState} =~ /^enabled/ }

# One that fits better than the others, else several or none.
sub choose {
  my $guides = $by_name{$wanted};
  my @fit = grep { $_->{Id} ne $wanted && is_service($_) && is_platform($_) && $_->{Id} !~ $no_web } @units;
  # One that is neither enabled nor running may have been left behind by an upgrade.
  return $guides if $guides && (is_in_use($guides) || !grep { is_in_use($_) } @fit);
  for my $better (
    sub { my ($unit) = @_; grep { $_ eq $unit->{Id} } @behind },
    sub { is_in_use($_[0]) },
    sub { $held{$_[0]{Id}} },
    sub { $_[0]{Id} =~ /panel|web|ui\b/ },
  ) {
    return $fit[0] if @fit == 1;
    my @some = grep { $better->($_) } @fit;
    @fit = @some if @some;
  }
  return @fit;
}

# The port that requests are expected at.
sub port_of {
  my ($unit, $bound) = @_;
  my $own = $held{$unit->{Id}} // {};
  my @passed = grep { $passed{$_} } sort { $a <=> $b } keys %$own;
  return $guide_port if $own->{$guide_port};
  return $passed[0] if @passed;
  return $bound if defined $bound;
  return $guide_port if $passed{$guide_port};
  # Metrics and debuggers listen beside it, mostly for this host alone.
  my ($first) = sort { $own->{$b}{open} <=> $own->{$a}{open} || $a <=> $b } keys %$own;
  return $first if defined $first;
  my @free = grep { my $port = $_; !grep { $_->{port} == $port && $_->{unit} ne $unit->{Id} } @listeners } sort { $a <=> $b } keys %passed;
  return @free == 1 ? $free[0] : "";
}

sub read_text { -f $_[0] or return; open my $in, "<", $_[0] or return; read $in, my $text, 1 << 16; return $text }

# Words of systemd's Environment= and of arguments, with and without quotes.
sub words { my ($text) = @_; my @found; push @found, $1 // $2 // $3 while $text =~ /\G\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+))/gc; return @found }

sub settings_in {
  my ($text) = @_;
  my %set;
  # A # begins a comment only after a space: passwords have them too.
  while ($text =~ /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|([^\n]*?))(?:[ \t]+#[^\n]*)?[ \t\r]*$/mg) {
    $set{$1} = $2 // $3 // $4;
  }
  return %set;
}

# Files that the unit names win over what it sets itself (systemd.exec(5)), and both over .env of its working folder (pydantic,
# python-dotenv).
sub settings_of {
  my ($unit) = @_;
  my (%set, $env_file);
  my $folder = $unit->{WorkingDirectory} =~ s/^[-!]+//r;
  my @named = map { glob } grep { m{^/} } split " ", $unit->{EnvironmentFiles} =~ s/\s*\(ignore_errors=\w+\)//gr;
  my $read = sub {
    my ($file) = @_;
    my $text = read_text($file);
    $env_file = $file if defined $text || -e $file || $!{EACCES};
    %set = (%set, settings_in($text)) if defined $text;
  };
  $read->("$folder/.env") if $folder =~ m{^/};
  %set = (%set, map { /^(\w+)=(.*)$/s ? ($1 => $2) : () } words($unit->{Environment}));
  $read->($_) for @named;
  return (\%set, $env_file // "");
}

# gunicorn's --bind, uvicorn's --port, and the same in gunicorn's own file.
sub bound {
  my ($unit, $set) = @_;
  my ($argv) = $unit->{ExecStart} =~ /argv\[\]=(.*?) ;/;
  my $said = join " ", $argv // "", $set->{GUNICORN_CMD_ARGS} // "";
  my $folder = $unit->{WorkingDirectory} =~ s/^[-!]+//r;
  my ($file) = $said =~ /(?:-c|--config)[= ](?:file:)?(\S+)/;
  my $text = read_text(!defined $file ? "$folder/gunicorn.conf.py" : $file =~ m{^/} ? $file : "$folder/$file") // "";
  $text =~ s/^\s*#.*$//mg;
  my ($port) = $said =~ /(?:^|\s)(?:-b|--bind)[= ]?\S*?:(\d+)(?:\s|$)/;
  ($port) = $said =~ /\s--(?:http-|https-)?port[= ](\d+)/ unless defined $port;
  ($port) = $text =~ /^\s*bind\s*=.*?:(\d+)/m unless defined $port;
  my $tls = $said =~ /\s--(?:certfile|keyfile|ssl-)/ || $text =~ /^\s*(?:certfile|keyfile)\s*=\s*[^N\s]/m;
  return ($port, $tls ? 1 : undef);
}

# The beginning of a TLS conversation: who speaks it answers with a record of it (RFC 8446, 5.1), even to refuse.
sub speaks_tls {
  my ($port) = @_;
  my $to = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $port, Timeout => 1) or return;
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

sub unescape { $_[0] =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ger }
# Where a URL of SQLAlchemy or libpq leads to. A password may have an @ itself, so the last one ends it; what does not fit is not
# known, and never shown in part.
sub database {
  my ($url) = @_;
  return () if $url eq "";
  my ($base, $query) = $url =~ /^([^?]*)(?:\?(.*))?$/s;
  $query //= "";
  return (kind => "sqlite", file => $1) if $base =~ m{^sqlite(?:\+\w+)?://(?:[^/]*@)?/?([^@]*)$};
  # The query of a password with a question mark has its end.
  return (kind => "unknown") if $query =~ /@/ && $base !~ /@/;
  $base =~ m{^postgres(?:ql)?(?:\+\w+)?://(?:([^:@/]*)(?::.*)?@)?(\[[0-9a-f:.]+\]|[\w.-]*)(?::(\d{1,5}))?(?:/([\w.%-]*))?$}i or return (kind => "unknown");
  my %of = (kind => "postgresql", user => unescape($1 // ""), host => $2, port => $3, name => unescape($4 // ""));
  $of{host} = unescape($1) if $query =~ /(?:^|&)host=([^&]+)/;
  return %of;
}

# HOST:PORT of a URL of Redis.
sub cache_of { my ($url) = @_; return $url =~ s/\?.*//sr =~ m{^rediss?://(?:.*@)?([\w.-]+(?::\d{1,5})?)(?:/\d*)?$} ? $1 : "" }

my %say = map { $_ => "" } qw(unit choice layout user group folder port tls envFile errorLog frontPort site siteHost database dbHost dbPort dbUser dbName dbFile cache services
  said);
my @chosen = choose();
my $main = @chosen == 1 ? $chosen[0] : undef;
$say{choice} = join " ", map { $_->{Id} =~ s/\.service$//r } @chosen if @chosen > 1;
# What DebVisor's unit names is its own, though somebody disabled it.
my %needed = map { $_ => 1 } $main ? split / /, join " ", @$main{qw(After Wants Requires)} : ();
my @others = grep { (!$main || $_->{Id} ne $main->{Id}) && $_->{Id} =~ /^debvisor/ && is_service($_) && (is_in_use($_) || $needed{$_->{Id}}) } @units;
@others = () if @chosen > 1;
$say{services} = join " ", map { $_->{Id} =~ s/\.service$//r } @others[0 .. ($#others < 5 ? $#others : 5)];

if ($main) {
  my $is_guides = $main->{Id} eq "debvisor.service";
  $say{layout} = $is_guides ? "guide" : "own";
  my ($set, $env_file) = $is_guides ? ({}, "") : settings_of($main);
  my ($bound, $tls) = bound($main, $set);
  ($say{unit} = $main->{Id}) =~ s/\.service$//;
  $say{port} = my $port = port_of($main, $bound);
  $tls //= 1 if $port ne "" && ($passed{$port} // "") eq "https";
  $tls //= speaks_tls($port) if !$is_guides && $port ne "" && !$passed{$port} && grep { $_->{port} == $port } @listeners;
  $say{tls} = $tls ? "true" : "false";
  if (!$is_guides) {
    @say{qw(user group)} = ($main->{User} || "root", $main->{Group});
    $say{folder} = $main->{WorkingDirectory} =~ s/^[-!]+//r;
    $say{envFile} = $env_file;
    my ($argv) = $main->{ExecStart} =~ /argv\[\]=(.*?) ;/;
    ($say{errorLog}) = ($argv // "") =~ m{--(?:error-logfile|log-file)[= ](/\S+)};
    ($say{errorLog}) = $main->{StandardError} =~ m{^(?:append|file|truncate):(/.*)} unless defined $say{errorLog};
    my %url = database($set->{DATABASE_URL} // $set->{SQLALCHEMY_DATABASE_URI} // "");
    @say{qw(database dbHost dbPort dbUser dbName dbFile)} = @url{qw(kind host port user name file)};
    $say{database} ||= "unknown";
    $say{cache} = cache_of($set->{REDIS_URL} // "");
  }
}

# The port that browsers use: of a server that leads to it, TLS first; without nginx its own.
my $own = $say{port} ne "" ? $say{port} : $guide_port;
my @mine = grep { grep { $_->[1] == $own } local_ports($_) } @servers;
# TLS before plain HTTP, and the usual ports before others, which are mostly for administrators.
my @ways = sort { $b->{tls} <=> $a->{tls} || ($b->{port} == 443) <=> ($a->{port} == 443) || ($b->{port} == 80) <=> ($a->{port} == 80) || $a->{port} <=> $b->{port} }
  map { my $server = $_; map { my ($at) = /^(?:\S*:)?(\d+)(?:\s|$)/; defined $at ? { port => $at, tls => /\bssl\b/ ? 1 : 0, server => $server } : () } @{$_->{listens}} ? @{$_->{listens}} : "80" } @mine;
if (@ways) {
  my $server = $ways[0]{server};
  $say{frontPort} = $ways[0]{port};
  $say{site} = $server->{file} =~ s{.*/}{}r;
  ($say{siteHost}) = grep { /^[A-Za-z0-9][A-Za-z0-9.-]*$/ } @{$server->{names}} if $say{layout} eq "own";
}
elsif ($main && !grep { @{$_->{leads}} } @servers) { $say{frontPort} = $own if grep { $_->{port} == $own && $_->{open} } @listeners }

# One line for people.
my @parts;
if ($main) {
  my $at = $say{port} eq "" ? "" : " on $say{port}" . ($say{tls} eq "true" ? " (TLS)" : "");
  push @parts, "$say{unit}$at" . (@ways ? ", behind nginx site $say{site} on $ways[0]{port}" : "");
}
push @parts, { postgresql => "PostgreSQL at " . ($say{dbHost} || "localhost") . ":" . ($say{dbPort} || 5432), sqlite => "SQLite at " . ($say{dbFile} // "") }->{$say{database}}
  if ($say{database} // "") =~ /^(?:postgresql|sqlite)$/;
push @parts, "one of " . join ", ", split / /, $say{choice} if $say{choice} ne "";
push @parts, "Redis at $say{cache}" if defined $say{cache} && $say{cache} ne "";
for my $other (@others) {
  my @ports = sort { $a <=> $b } keys %{$held{$other->{Id}} // {}};
  push @parts, $other->{Id} =~ s/\.service$//r . (@ports ? " on " . join(", ", @ports) : "");
}
$say{said} = join "; ", @parts;
printf "%s=%s\n", $_, ($say{$_} // "") =~ s/[^ -~]/?/gr for sort keys %say;
print "=== end\n";

#!/usr/bin/perl
# Where does DebVisor look for its database, and how often does it work?
#
# Host, port, user and name with their line, where DebVisor shall listen, and pauses of collectors in milliseconds; the
# password is passed over, it never leaves the host. session: what is set for each of its sessions (options, or JDBC's
# currentSchema); libpq: what libpq takes from the environment in place of what a program does not say itself (libpq,
# "Environment Variables").
#
# Reads: config.yaml and .env.
# Prints: a line a setting: key, value, FILE:LINE, of a pause with its name; never a password.
# Needs: to read one of the two (77 where it may read neither).
# Arguments: configFile, envFile.

# Settings of PostgreSQL's own; one with a dot in its name is an application's, and may be a secret.
sub options {
  my ($text) = @_;
  $text =~ s/\\(.)/\x01$1/g;
  my @set = $text =~ /(?:^|\s)(?:-c\s*|--)([A-Za-z_][\w-]*=(?:\x01.|\S)*)/g;
  return map { s/\x01//gr =~ s/^([^=]+)/lc($1) =~ tr,-,_,r/er } @set;
}

my %of_libpq = map { ("PG$_" => 1) } qw(HOST HOSTADDR PORT USER DATABASE SERVICE SERVICEFILE SSLMODE SSLROOTCERT SSLCERT SSLKEY
  TARGETSESSIONATTRS CLIENTENCODING CONNECT_TIMEOUT REQUIREAUTH CHANNELBINDING GSSENCMODE);
my %length = ("" => 1000, ms => 1, s => 1000, sec => 1000, seconds => 1000, m => 60000, min => 60000, h => 3600000);
# A number of a setting such as collector.interval_seconds, as milliseconds; undef where it is none.
sub pause {
  my ($name, $value) = @_;
  return unless $name =~ /collect|poll|scrap|sampl|gather|ingest/i && $name =~ /interval|every|period|pause|sleep|delay|poll_?(?:ms|seconds|time)/i;
  my ($number, $unit) = $value =~ /^(\d*\.?\d+)\s*(ms|s|sec|seconds|m|min|h|)$/i or return;
  $unit = "ms" if $unit eq "" && $name =~ /_?(?:ms|millis\w*)$/i;
  return int($number * $length{lc $unit});
}
my ($section, @above, @paces, @settings);
my $read = 0;
for my $file (@ARGV) {
  open my $in, "<", $file or do { print STDERR "$file: $!\n"; next };
  $read++;
  @above = ();
  while (<$in>) {
    s/\s+$//;
    next if /^\s*(#|$)/;
    my $say = sub { push @settings, "$_[0]\t" . $_[1] =~ s/[^ -~]/?/gr . "\t$file:$.\n" if defined $_[1] && $_[1] ne "" };
    if (/^\s*(?:export\s+)?(PG[A-Z_]+)\s*=\s*(["\x27]?)(.*?)\2$/) {
      my ($name, $value) = ($1, $3);
      if ($name eq "PGOPTIONS") { $say->(session => $_) for options($value); next }
      $say->(libpq => "$name=$value") if $of_libpq{$name} && $value ne "";
    }
    if (/[?&](?:options|currentSchema|sslmode|target_session_attrs)=/) {
      for (/[?&]((?:options|currentSchema|sslmode|target_session_attrs)=[^&\s"\x27]*)/g) {
        my ($key, $value) = split /=/, tr/+/ /r =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ger, 2;
        $say->(session => $_) for $key eq "options" ? options($value) : $key eq "currentSchema" ? "search_path=$value" : ();
        $say->(libpq => "$key=$value") if $key =~ /^(sslmode|target_session_attrs)$/;
      }
    } elsif (/\boptions\s*[=:]\s*(?:\\?["\x27])?(\s*-[^"\x27]*)/) { $say->(session => $_) for options($1) }
    if (m{\bpostgres(?:ql)?(?:\+\w+)?://(?:([^:@/\s]*)(?::[^@\s]*)?@)?(\[[^\]]+\]|[^:/?\s"\x27]*)(?::(\d+))?(?:/([^?\s"\x27]*))?}) {
      my ($user, $host, $port, $name) = ($1, $2, $3, $4);
      $say->(user => $user); $say->(host => $host); $say->(port => $port); $say->(name => $name);
      next;
    }
    if (/\bhost=(\S+).*\bdbname=/ || /\bdbname=.*\bhost=(\S+)/) {
      $say->(host => $1);
      my $line = $_;
      for my $part ([port => "port"], [user => "user"], [name => "dbname"]) { $say->($part->[0], $1) if $line =~ /\b$part->[1]=([^\s"\x27]+)/ }
      next;
    }
    if (/^\s*(?:export\s+)?(?:[A-Z]+_)?(?:DB|DATABASE|PG|POSTGRES|POSTGRESQL)_?(HOST|PORT|USER|USERNAME|NAME|DATABASE|DB)\s*=\s*["\x27]?([^"\x27\s#]+)/) {
      my %as = (HOST => "host", PORT => "port", USER => "user", USERNAME => "user");
      $say->($as{$1} // "name", $2);
      next;
    }
    if (/^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=\s*["\x27]?([^"\x27\s#]+)/ && defined(my $pause = pause($1, $2))) {
      push @paces, "pace\t$pause\t$file:$. ($1)\n";
      next;
    }
    my ($indent, $key, $value) = /^(\s*)([A-Za-z_]+)\s*:\s*["\x27]?([^"\x27#]*?)["\x27]?\s*(?:#.*)?$/ or next;
    pop @above while @above && $above[-1][0] >= length $indent;
    my $name = join ".", (map { $_->[1] } @above), $key;
    push @above, [length $indent, $key];
    my $pause = pause($name, $value);
    push @paces, "pace\t$pause\t$file:$. ($name)\n" if defined $pause;
    $section = undef if defined $section && length $indent <= $section;
    $say->($key =~ /port/i ? "listen_port" : "listen_address", $value) if !defined $section && $value ne "" && $key =~ /^(port|listen|bind|address|(http|listen|server|bind)_(port|address|host))$/i;
    if ($value eq "" && $key =~ /^(database|db|postgres|postgresql|pg|sql)$/i) { $section = length $indent; next }
    my %as = (host => "host", hostname => "host", port => "port", user => "user", username => "user", name => "name", dbname => "name", database => "name");
    $say->($as{lc $key}, $value) if defined $section && $as{lc $key};
  }
}
# Pauses first: an answer that is cut after them lacks something else.
print @paces, @settings;
exit($read ? 0 : 77)

#!/usr/bin/perl
# Where does DebVisor look for its database?
#
# Host, port, user and name with their line, and where DebVisor shall listen; the password is passed over, it never
# leaves the host.
#
# Reads: config.yaml and .env.
# Prints: a line a setting: key, value, FILE:LINE; never a password.
# Needs: to read one of the two (77 where it may read neither).
# Arguments: configFile, envFile.

my $section;
my $read = 0;
for my $file (@ARGV) {
  open my $in, "<", $file or do { print STDERR "$file: $!\n"; next };
  $read++;
  while (<$in>) {
    s/\s+$//;
    next if /^\s*(#|$)/;
    my $say = sub { print "$_[0]\t$_[1]\t$file:$.\n" if defined $_[1] && $_[1] ne "" };
    if (m{\bpostgres(?:ql)?(?:\+\w+)?://(?:([^:@/\s]*)(?::[^@\s]*)?@)?(\[[^\]]+\]|[^:/?\s"\x27]*)(?::(\d+))?(?:/([^?\s"\x27]*))?}) {
      my ($user, $host, $port, $name) = ($1, $2, $3, $4);
      $say->(user => $user); $say->(host => $host); $say->(port => $port); $say->(name => $name);
      next;
    }
    if (/\bhost=(\S+).*\bdbname=/ || /\bdbname=.*\bhost=(\S+)/) {
      $say->(host => $1);
      $say->($_->[0], $_->[1]) for map { my $k = $_; /\b$k->[1]=([^\s"\x27]+)/ ? [$k->[0], $1] : () } [port => "port"], [user => "user"], [name => "dbname"];
      next;
    }
    if (/^\s*(?:export\s+)?(?:[A-Z]+_)?(?:DB|DATABASE|PG|POSTGRES|POSTGRESQL)_?(HOST|PORT|USER|USERNAME|NAME|DATABASE|DB)\s*=\s*["\x27]?([^"\x27\s#]+)/) {
      my %as = (HOST => "host", PORT => "port", USER => "user", USERNAME => "user");
      $say->($as{$1} // "name", $2);
      next;
    }
    my ($indent, $key, $value) = /^(\s*)([A-Za-z_]+)\s*:\s*["\x27]?([^"\x27#]*?)["\x27]?\s*(?:#.*)?$/ or next;
    $section = undef if defined $section && length $indent <= $section;
    $say->($key =~ /port/i ? "listen_port" : "listen_address", $value) if !defined $section && $value ne "" && $key =~ /^(port|listen|bind|address|(http|listen|server|bind)_(port|address|host))$/i;
    if ($value eq "" && $key =~ /^(database|db|postgres|postgresql|pg|sql)$/i) { $section = length $indent; next }
    my %as = (host => "host", hostname => "host", port => "port", user => "user", username => "user", name => "name", dbname => "name", database => "name");
    $say->($as{lc $key}, $value) if defined $section && $as{lc $key};
  }
}
exit($read ? 0 : 77)

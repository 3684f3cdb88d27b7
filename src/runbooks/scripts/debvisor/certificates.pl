#!/usr/bin/perl
# Which certificates do the platform's units name, and are they good?
#
# Those of the units' arguments, environment and configuration files, what nginx's servers that lead to DebVisor have, and what lies
# beside them in the platform's own folders (setting: beside).
# The owner of the unit must be able to read them: judged by mode, owner and groups of the file and of the folders above it.
#
# Reads: systemctl show; environment and configuration files, nginx's configuration and the certificates, where the login may.
# Prints: a line a file: unit (nginx: of its servers), setting, path, kind (certificate, authority, key), state (there, missing, closed: nobody
#   can say, broken: no certificate, early: not valid yet, other name: none of
#   those that nginx's server has), whether the unit's user may read it (yes, no, -), days left (a number; - where it is no certificate that can be read), its
#   names, whether it was issued by the authority that the same unit names (yes, no, -), whether the key fits it (yes, no, -); then === end.
# Needs: openssl; no right. Keys are mostly closed to the login: then only their mode is judged.
# Arguments: unit, services (with spaces between them), nginxFile, port.

use strict;
use POSIX ();
my ($main, $services, $nginx_file, $port) = @ARGV;
my $openssl = grep { -x "$_/openssl" } split /:/, $ENV{PATH};
if (!$openssl) { print STDERR "openssl is not there\n"; exit 127 }

sub lines_of { my $pid = open my $from, "-|", @_ or return; my @lines = <$from>; close $from; chomp @lines; return @lines }
sub read_text { -f $_[0] or return; open my $in, "<", $_[0] or return; read $in, my $text, 1 << 17; return $text }
sub words { my ($text) = @_; my @found; push @found, $1 // $2 // $3 while $text =~ /\G\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+))/gc; return @found }

my @named;
# A setting that names a certificate or a key by an absolute path; parameters for a key exchange and lists of revoked ones are neither.
sub name_file {
  my ($unit, $user, $setting, $path, $asked) = @_;
  return if $path !~ m{^/[\w./+@~-]+\.(?:crt|pem|cer|key)$} || "$setting $path" =~ /dh_?param|crl\b|revo[ck]/i || -d $path;
  if (my ($known) = grep { $_->{unit} eq $unit && $_->{path} eq $path } @named) {
    push @{$known->{asked}}, @{$asked // []} if $setting eq "ssl_certificate";
    return;
  }
  return if $setting eq "beside" && grep { $_->{path} eq $path } @named;
  push @named, { unit => $unit, user => $user, setting => $setting, path => $path, asked => [@{$asked // []}] };
}

sub name_in_file {
  my ($unit, $user, $file) = @_;
  my $text = read_text($file) // return;
  # JSON, YAML, TOML, ini and environment files: a name, then a path.
  while ($text =~ m{^[ \t]*(?:export[ \t]+)?"?([\w.-]{1,60})"?[ \t]*[:=][ \t]*["']?(/[^"'\s,;]{1,300})}mg) { name_file($unit, $user, $1, $2) }
  while ($text =~ m{"([\w.-]{1,60})"[ \t]*:[ \t]*"(/[^"]{1,300})"}g) { name_file($unit, $user, $1, $2) }
}

my @units = grep { $_ ne "" } $main, split / /, $services;
my $unit;
my @shown;
for (lines_of("systemctl", "show", "--no-pager", (map { ("-p", $_) } qw(Id User Group SupplementaryGroups ExecStart Environment EnvironmentFiles WorkingDirectory)), "--", @units), "") {
  if (/^([A-Za-z]+)=(.*)$/) { ($unit //= {})->{$1} = $1 eq "EnvironmentFiles" && $unit->{$1} ? "$unit->{$1} $2" : $2 }
  elsif ($unit) { push @shown, $unit; undef $unit }
}
my %groups_of;    # of a unit: those that systemd adds
for my $one (@shown) {
  my $id = $one->{Id} =~ s/\.service$//r;
  my $user = $one->{User} || "root";
  $groups_of{$id} = [$one->{Group} || (), split / /, $one->{SupplementaryGroups} // ""];
  my ($argv) = ($one->{ExecStart} // "") =~ /argv\[\]=(.*?) ;/;
  my @argv = words($argv // "");
  my @files = map { s/^-//r } grep { m{^-?/} } split " ", ($one->{EnvironmentFiles} // "") =~ s/\(ignore_errors=\w+\)//gr;
  my $folder = ($one->{WorkingDirectory} // "") =~ s/^[-!]+//r;
  push @files, "$folder/.env" if $folder =~ m{^/};
  for my $i (0 .. $#argv) {
    if ($argv[$i] =~ /^--?([\w-]+)=(.*)$/s) { name_file($id, $user, $1, $2) }
    elsif ($argv[$i] =~ /^--?([\w-]+)$/ && defined $argv[$i + 1]) { name_file($id, $user, $1, $argv[$i + 1]) }
    push @files, $argv[$i] if $argv[$i] =~ m{^/.*\.(?:json|ya?ml|toml|conf|ini|cfg|py)$};
  }
  for (words($one->{Environment} // "")) {
    my ($name, $value) = /^(\w+)=(.*)$/s or next;
    if ($value =~ m{^/.*\.(?:json|ya?ml|toml|conf|ini|cfg)$}) { push @files, $value } else { name_file($id, $user, $name, $value) }
  }
  my ($kind) = $id =~ /(rpc|panel)/;
  push @files, glob "/etc/debvisor/$kind/config.json /etc/debvisor/$kind.json" if defined $kind;
  name_in_file($id, $user, $_) for @files;
}

# nginx's master reads them as root; only servers that lead to DebVisor count.
my (%read, @texts);
sub read_nginx {
  my ($file) = @_;
  return if $read{$file}++ || keys %read > 100;
  my $text = read_text($file) // return;
  push @texts, $text =~ s/^\s*#.*$//mgr;
  while ($text =~ /\binclude\s+["']?([^"';\s]+)/g) {
    my $named = $1;
    my $pattern = $named =~ m{^/} ? $named : $nginx_file =~ s{[^/]*$}{}r . $named;
    read_nginx($_) for sort glob $pattern =~ s/([\\ {}~])/\\$1/gr;
  }
}
read_nginx($nginx_file) if $nginx_file ne "";
my %groups = map { map { $_ => 1 } /\bupstream\s+([\w.-]+)\s*\{[^}]*?\bserver\s+[^;\s]*:\Q$port\E\b/g } @texts;
for my $block (map { split /(?=\bserver\s*\{)/ } @texts) {
  next unless grep { /:\Q$port\E$/ || $groups{$_} } $block =~ m{\b(?:proxy|grpc)_pass\s+(?:[a-z]+://)?([^/;\s]+)}g;
  my @names = map { grep { /^[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z0-9-]+$/ } split } $block =~ /\bserver_name\s+([^;]+);/g;
  while ($block =~ /\b((?:proxy_|grpc_)?ssl_(?:certificate(?:_key)?|trusted_certificate|client_certificate))\s+["']?(\/[^"';\s\$]+)/g) {
    name_file("nginx", "root", $1, $2, \@names);
  }
}

# --- What each of them is

my %gids;    # of a user of a unit
sub gids_of {
  my ($user, $unit) = @_;
  return $gids{"$user $unit"} //= do {
    my @own = split " ", join " ", lines_of("id", "-G", "--", $user);
    my @more = grep { defined } map { /^\d+$/ ? $_ : scalar getgrnam $_ } @{$groups_of{$unit} // []};
    +{ map { $_ => 1 } @own, @more };
  };
}
# Whether the mode lets the user have the bit (4: read, 1: enter).
sub allows {
  my ($user, $unit, $path, $bit) = @_;
  my @stat = stat $path or return;
  my $uid = getpwnam $user;
  return unless defined $uid;
  return 1 if $uid == 0;
  my $mode = $stat[2];
  return ($stat[4] == $uid ? $mode >> 6 : gids_of($user, $unit)->{$stat[5]} ? $mode >> 3 : $mode) & $bit ? 1 : 0;
}
# undef where nobody can say.
sub may_read {
  my ($user, $unit, $path) = @_;
  my $at = "";
  for my $part (grep { $_ ne "" } split m{/}, $path =~ s{/[^/]*$}{}r) {
    $at .= "/$part";
    my $enters = allows($user, $unit, $at, 1);
    return $enters unless $enters;
  }
  return allows($user, $unit, $path, 4);
}

my %months = (Jan => 0, Feb => 1, Mar => 2, Apr => 3, May => 4, Jun => 5, Jul => 6, Aug => 7, Sep => 8, Oct => 9, Nov => 10, Dec => 11);
# The times are of Greenwich; perl-base has no Time::Local.
$ENV{TZ} = "UTC0";
POSIX::tzset();
sub seconds_until { my ($m, $d, $H, $M, $S, $Y) = $_[0] =~ /(\w{3}) +(\d+) (\d+):(\d+):(\d+) (\d{4})/ or return; return POSIX::mktime($S, $M, $H, $d, $months{$m}, $Y - 1900) - time }

sub first_of { my ($most, @all) = @_; return @all > $most ? @all[0 .. $most - 1] : @all }

# As browsers compare: a star stands for one label (RFC 6125, 6.4.3).
sub fits_name { my ($asked, @names) = @_; return grep { lc $_ eq lc $asked || /^\*(\..+)$/ && lc($asked =~ s/^[^.]+//r) eq lc $1 } @names }

# What lies beside them is mostly for the other end of the same service, under a name that only the program knows.
my %folders = map { $_->{path} =~ s{/[^/]*$}{}r => 1 } grep { $_->{unit} ne "nginx" } @named;
for my $folder (grep { m{/debvisor(?:/|$)} } sort keys %folders) {
  name_file($named[0]{unit}, $named[0]{user}, "beside", $_) for grep { !-l } first_of(10, glob "$folder/*.crt $folder/*.pem");
}

my $count = 0;
for my $one (@named) {
  my $path = $one->{path};
  $one->{kind} = $one->{setting} =~ /(?:^|[_-])ca(?:$|[_-])|trusted|client_cert|authority/i || $path =~ m{/(?:ca|root)[^/]*\.(?:crt|pem|cer)$} ? "authority" : "$one->{setting} $path" =~ /key/i && $path !~ /\.(?:crt|cer)$/ ? "key" : "certificate";
  my $exists = -e $path;
  $one->{state} = $exists ? "there" : $!{EACCES} ? "closed" : "missing";
  my $reads = $exists ? may_read($one->{user}, $one->{unit}, $path) : undef;
  $one->{reads} = defined $reads ? $reads ? "yes" : "no" : "-";
  next if !$exists || !-r $path || $count++ > 15;
  if ($one->{kind} eq "key") { ($one->{public}) = join "", lines_of("openssl", "pkey", "-in", $path, "-pubout", "-passin", "pass:"); next }
  my @text = lines_of("sh", "-c", 'exec openssl x509 -in "$1" -noout -startdate -enddate -subject -ext subjectAltName -pubkey 2>/dev/null', "sh", $path);
  if (!@text) { $one->{state} = "broken" if (read_text($path) // "") !~ /-----BEGIN/; next }
  my $text = join "\n", @text;
  my ($from, $until) = map { $text =~ /^$_=(.*)$/m ? seconds_until($1) : undef } "notBefore", "notAfter";
  $one->{early} = 1 if defined $from && $from > 0;
  $one->{days} = POSIX::floor($until / 86_400) if defined $until;
  $one->{state} = "early" if $one->{early};
  my %names = map { $_ => 1 } $text =~ /(?:DNS|IP Address):([^,\s]+)/g;
  $one->{names} = join " ", sort keys %names;
  # The names that browsers ask for: one of them at least has to be in it.
  $one->{state} = "other name" if $one->{setting} eq "ssl_certificate" && @{$one->{asked} // []} && %names && !grep { fits_name($_, keys %names) } @{$one->{asked}};
  ($one->{public}) = join "", grep { !/^(?:notBefore|notAfter|subject)=|^X509v3|^\s/ } @text;
}
# A key beside its certificate, by the setting's name without the word; and what the unit's authority says of its certificate.
# nginx tells the latter itself, and trusts whom it is told to.
for my $one (grep { $_->{kind} eq "certificate" && $_->{public} && $_->{unit} ne "nginx" } @named) {
  my $stem = sub { $_[0] =~ s/(?:_|-)?(?:cert(?:ificate)?|key)(?:file|_file|-file)?(?:_key)?//gir };
  my ($key) = grep { $_->{kind} eq "key" && $_->{unit} eq $one->{unit} && $_->{public} && $stem->($_->{setting}) eq $stem->($one->{setting}) && $_->{path} =~ s/[^\/]*$//r eq $one->{path} =~ s/[^\/]*$//r } @named;
  $one->{fits} = $key->{public} eq $one->{public} ? "yes" : "no" if $key;
  my ($authority) = grep { $_->{kind} eq "authority" && $_->{unit} eq $one->{unit} && $_->{public} } @named;
  next unless $authority;
  # Its dates are told by themselves.
  $one->{issued} = (grep { /: OK$/ } lines_of("sh", "-c", 'exec openssl verify -no_check_time -partial_chain -CAfile "$1" -untrusted "$2" "$2" 2>/dev/null', "sh", $authority->{path}, $one->{path})) ? "yes" : "no";
}
for my $one (@named[0 .. ($#named < 29 ? $#named : 29)]) {
  print join("\t", map { my $text = $_ // "-"; $text = "-" if $text eq ""; $text =~ s/[^ -~]/?/gr } @$one{qw(unit setting path kind state reads days names issued fits)}), "\n";
}
print "=== end\n";

#!/usr/bin/perl
# Which certificates do the platform's units name, and are they good?
#
# Those of the units' arguments, environment and configuration files, what nginx's servers that lead to DebVisor have, and what lies
# beside them in the platform's own folders (setting: beside).
# The owner of the unit must be able to read them: judged by mode, owner, groups and access list of the file and of the folders above it.
#
# Reads: systemctl show; environment and configuration files, nginx's configuration and the certificates, where the login may.
# Prints: a line a file: unit (nginx: of its servers), setting, path, kind (certificate, authority, key), state (there, missing, closed: nobody
#   can say, unread: openssl is not there, broken: no certificate, early: not valid yet, other name: none of
#   those that nginx's server has), whether the unit's user may read it (yes, no, -: nobody can say), days left (a number; "0 of 1" where it lives so short that this is not late; - where it is no certificate that can be read), its
#   names, whether it was issued by the authority that the same unit names (yes, no, -), whether the key fits it (yes, no, -), seconds since the
#   file was changed, the last 48 characters of its first certificate and its subject (by which to tell whether it is what a port shows); then === end.
# Needs: openssl for what is in them; no right. Keys are mostly closed to the login: then only their mode is judged.
# Arguments: unit, services (with spaces between them), nginxFile, port, listenAddress.

use strict;
use warnings;
require "../shared/paths.pl";
require "../shared/unit-settings.pl";
require "../shared/nginx-servers.pl";
require "../shared/kernel.pl";
require "../shared/calendar.pl";
require "../shared/access.pl";
# Numbers of errno(3): the module Errno takes 3 ms of CPU to load.
my $EACCES = 13;
my ($main, $services, $nginx_file, $port, $address) = @ARGV;
my $openssl = grep { -x "$_/openssl" } split /:/, $ENV{PATH};

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
  my $text = text_of($file, 1 << 17) // return;
  # JSON, YAML, TOML and ini: a name, then a path.
  while ($text =~ m{^[ \t]*"?([\w.-]{1,60})"?[ \t]*[:=][ \t]*["']?(/[^"'\s,;]{1,300})}mg) { name_file($unit, $user, $1, $2) }
  while ($text =~ m{"([\w.-]{1,60})"[ \t]*:[ \t]*"(/[^"]{1,300})"}g) { name_file($unit, $user, $1, $2) }
}

my $settings_file = qr{^/.*\.(?:json|ya?ml|toml|conf|ini|cfg)$};
my @shown = qw(Id User Group SupplementaryGroups ExecStart Environment EnvironmentFiles UnsetEnvironment WorkingDirectory);
my %groups_of;    # of a unit: those that systemd adds
for my $one (shown_units(\@shown, grep { $_ ne "" } $main, split / /, $services)) {
  my $id = $one->{Id} =~ s/\.service$//r;
  my $user = $one->{User} || "root";
  $groups_of{$id} = [$one->{Group} || (), split / /, $one->{SupplementaryGroups}];
  my @argv = unit_words(argv_of($one));
  my @files;
  for my $i (0 .. $#argv) {
    if ($argv[$i] =~ /^--?([\w-]+)=(.*)$/s) { name_file($id, $user, $1, $2) }
    elsif ($argv[$i] =~ /^--?([\w-]+)$/ && defined $argv[$i + 1]) { name_file($id, $user, $1, $argv[$i + 1]) }
    push @files, $argv[$i] if $argv[$i] =~ $settings_file || $argv[$i] =~ m{^/.*\.py$};
  }
  # Of each name the last: what another setting wins over names nothing.
  my %set = map { $_->{name} => $_->{value} } my @set = settings_of($one);
  my %seen;
  for my $name (grep { !$seen{$_}++ } map { $_->{name} } @set) {
    if ($set{$name} =~ $settings_file) { push @files, $set{$name} } else { name_file($id, $user, $name, $set{$name}) }
  }
  my ($kind) = $id =~ /(rpc|panel)/;
  push @files, ("/etc/debvisor/$kind/config.json", "/etc/debvisor/$kind.json") if defined $kind;
  name_in_file($id, $user, $_) for @files;
}

# nginx's master reads them as root; only servers that lead to DebVisor count.
my ($socket) = ($address // "") =~ m{^unix:(.*)};
sub leads_to_debvisor { my ($lead) = @_; return defined $socket ? ($lead->{socket} // "") eq $socket : ($lead->{port} // "") eq $port }
for my $server ($nginx_file ne "" ? nginx_servers($nginx_file) : ()) {
  next unless grep { leads_to_debvisor($_) } @{$server->{leads}};
  my @names = grep { /^[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z0-9-]+$/ } @{$server->{names}};
  name_file("nginx", "root", @$_, \@names) for grep { $_->[1] =~ m{^/[^\$]+$} } @{$server->{certificates}};
}

# --- What each of them is

my %months = (Jan => 0, Feb => 1, Mar => 2, Apr => 3, May => 4, Jun => 5, Jul => 6, Aug => 7, Sep => 8, Oct => 9, Nov => 10, Dec => 11);
# The times are of Greenwich.
sub seconds_until { my ($m, $d, $H, $M, $S, $Y) = $_[0] =~ /(\w{3}) +(\d+) (\d+):(\d+):(\d+) (\d{4})/ or return; return utc_seconds($Y, $months{$m} + 1, $d, $H, $M, $S) - time }

# Those that are renewed every few hours or days end soon all the time: only in the last third of its time is one late
# (Let's Encrypt, Integration Guide, "When to renew"). Both are seconds from now.
sub days_left {
  my ($until, $from) = @_;
  my $days = ($until - $until % 86_400) / 86_400;
  return $days unless defined $from;
  my $all = $until - $from;
  return $days if $all > 21 * 86_400 || $until <= $all / 3;
  return sprintf "%d of %d", $days, ($all + 43_200) / 86_400;
}

sub first_of { my ($most, @all) = @_; return @all > $most ? @all[0 .. $most - 1] : @all }

# As browsers compare: a star stands for one label (RFC 6125, 6.4.3).
sub fits_name { my ($asked, @names) = @_; return grep { lc $_ eq lc $asked || /^\*(\..+)$/ && lc($asked =~ s/^[^.]+//r) eq lc $1 } @names }

# What lies beside them is mostly for the other end of the same service, under a name that only the program knows.
my %folders = map { $_->{path} =~ s{/[^/]*$}{}r => 1 } grep { $_->{unit} ne "nginx" } @named;
for my $folder (grep { m{/debvisor(?:/|$)} } sort keys %folders) {
  name_file($named[0]{unit}, $named[0]{user}, "beside", $_) for grep { !-l } first_of(10, map { paths_like(as_it_is($folder) . "/*.$_") } qw(crt pem));
}

my $count = 0;
for my $one (@named) {
  my $path = $one->{path};
  $one->{kind} = $one->{setting} =~ /(?:^|[_-])ca(?:$|[_-])|trusted|client_cert|authority/i || $path =~ m{/(?:ca|root)[^/]*\.(?:crt|pem|cer)$} ? "authority" : "$one->{setting} $path" =~ /key/i && $path !~ /\.(?:crt|cer)$/ ? "key" : "certificate";
  my $exists = -e $path;
  $one->{state} = $exists ? "there" : $! == $EACCES ? "closed" : "missing";
  $one->{changed} = time - (stat _)[10] if $exists;
  my $reads = $exists ? may_read($one->{user}, $groups_of{$one->{unit}}, $path) : undef;
  $one->{reads} = defined $reads ? $reads ? "yes" : "no" : "-";
  # Without openssl nobody can say what is in it.
  $one->{state} = "unread" if $exists && -r $path && !$openssl && $one->{kind} ne "key";
  next if !$exists || !-r $path || !$openssl || $count++ > 15;
  if ($one->{kind} eq "key") { ($one->{public}) = join "", lines_of("sh", "-c", 'exec openssl pkey -in "$1" -pubout -passin pass: 2>/dev/null', "sh", $path); next }
  my @text = lines_of("sh", "-c", 'exec openssl x509 -in "$1" -noout -startdate -enddate -subject -ext subjectAltName -pubkey 2>/dev/null', "sh", $path);
  ($one->{tail}) = map { s/\s//gr =~ /(.{1,48})$/ } (text_of($path, 1 << 17) // "") =~ /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----(.*?)-----END/s;
  ($one->{subject}) = map { /^subject= *(.*)/ } @text;
  if (!@text) { $one->{state} = "broken" if (text_of($path, 1 << 17) // "") !~ /-----BEGIN/; next }
  my $text = join "\n", @text;
  my ($from, $until) = map { $text =~ /^$_=(.*)$/m ? seconds_until($1) : undef } "notBefore", "notAfter";
  $one->{early} = 1 if defined $from && $from > 0;
  $one->{days} = days_left($until, $from) if defined $until;
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
  print join("\t", map { my $text = $_ // "-"; $text = "-" if $text eq ""; $text =~ s/[^ -~]/?/gr } @$one{qw(unit setting path kind state reads days names issued fits changed tail subject)}), "\n";
}
print "=== end\n";

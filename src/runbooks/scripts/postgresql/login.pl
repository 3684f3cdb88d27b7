#!/usr/bin/perl
# Part of login.sh, which says what it answers.

use strict;
# Numbers of errno(3): the module Errno takes 3 ms of CPU to load.
my $ENOENT = 2;
my ($config, $env, $port) = @ARGV;
my %set;
my $plain = sub { my $v = $_[0]; $v =~ s/^(["\x27])(.*?)\1\s*(?:#.*)?$/$2/; $v };
my $url = sub {
  my ($text, $place) = @_;
  # A password may have an @ itself: the last one is before the host.
  $text =~ m{\bpostgres(?:ql)?(?:\+\w+)?://(?:([^:@/\s]*)(?::([^?\s"\x27]*|[^@/\s]*))?@)?(\[[^\]]+\]|[^:/?\s"\x27]*)(?::(\d+))?(?:/([^?\s"\x27]*))?} or return 0;
  my %part = (user => $1, password => $2, host => $3, port => $4, name => $5);
  for (grep { defined $part{$_} && $part{$_} ne "" } keys %part) { (my $v = $part{$_}) =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge; $set{$_} = [$v, $place] }
  return 1;
};
my %as = (HOST => "host", PORT => "port", USER => "user", USERNAME => "user", PASSWORD => "password", PASS => "password", NAME => "name", DATABASE => "name", DB => "name", DBNAME => "name", HOSTNAME => "host");
my $read = 0;
my %closed;
if (open my $in, "<", $config) {
  $read++;
  my $section;
  while (<$in>) {
    s/\s+$//;
    next if /^\s*(#|$)/ || $url->($_, "$config:$.");
    my ($indent, $key, $value) = /^(\s*)([A-Za-z_]+)\s*:\s*(.*)$/ or next;
    $value =~ s/\s+#.*$// unless $value =~ /^["\x27]/;
    $section = undef if defined $section && length $indent <= $section;
    if ($value eq "") { $section = length $indent if $key =~ /^(database|db|postgres|postgresql|pg|sql)$/i; next }
    $set{$as{uc $key}} = [$plain->($value), "$config:$."] if defined $section && $as{uc $key};
  }
} else { $closed{$config} = 1 unless $! == $ENOENT }
if (open my $in, "<", $env) {
  $read++;
  while (<$in>) {
    s/\s+$//;
    next if /^\s*(#|$)/;
    my ($name, $value) = /^\s*(?:export\s+)?(\w+)\s*=\s*(.*)$/ or next;
    next if $url->($value, "$env:$.");
    my ($key) = $name =~ /^(?:[A-Z]+_)?(?:DB|DATABASE|PG|POSTGRES|POSTGRESQL)_?(HOST|PORT|USER|USERNAME|PASSWORD|PASS|NAME|DATABASE|DB)$/ or next;
    $set{$as{$key}} = [$plain->($value), "$env:$."];
  }
  delete $closed{$config} unless grep { !$set{$_} } qw(host port user password name);
} else { $closed{$env} = 1 unless $! == $ENOENT }
if ($read && %closed) { print STDERR "this login may not read @{[keys %closed]}, which may say something else\n"; exit 77 }
if (!$read) { print STDERR "this login may read neither $config nor $env\n"; exit 77 }
my %got = map { $_ => $set{$_} ? $set{$_}[0] : "" } qw(host port user password name);
if ($got{password} eq "") { print STDERR "there is no password of the database in what this login may read of $config and $env\n"; exit 77 }
delete $ENV{$_} for grep { /^PG/ } keys %ENV;
my $host = $got{host} || "localhost";
$host =~ s/^\[(.*)\]$/$1/;
@ENV{qw(PGHOST PGPORT PGUSER PGDATABASE PGPASSWORD PGCONNECT_TIMEOUT PGPASSFILE PGSERVICEFILE PGAPPNAME)} =
  ($host, $got{port} || $port, $got{user}, $got{name} || $got{user}, $got{password}, 4, "/dev/null", "/dev/null", "debvisor-diagnose");
my $said = join "", `psql -X -w -q -At -c "select 1" 2>&1 </dev/null`;
my $code = $? >> 8;
my $ok = $code == 0 && $said =~ /^1\s*$/;
$said =~ s/\Q$got{password}\E/(password)/g;
$said =~ s/\s+/ /g;
my $as = "$got{user}\@$host:$ENV{PGPORT}/$ENV{PGDATABASE}";
$as =~ s/[^ -~]/?/g;
print "login=", ($ok ? "ok" : "failed"), "\nas=$as\nsource=$set{password}[1]\n";
print "message=", substr($said, 0, 300), "\n" unless $ok;

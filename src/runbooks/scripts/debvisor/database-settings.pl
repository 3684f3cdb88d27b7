#!/usr/bin/perl
# Where does DebVisor look for its database, and how often does it work?
#
# Host, port, user and name with their line, where DebVisor shall listen, and pauses of collectors in milliseconds. Of a
# password only the line is told, it never leaves the host. session: what is set for each of its sessions (options, or JDBC's currentSchema); libpq: what libpq
# takes from the environment in place of what a program does not say itself (libpq, "Environment Variables").
#
# Reads: config.yaml and .env; of the unit what it sets itself, and its other environment files where it may.
# Prints: a line a setting: key, value, FILE:LINE, of a pause with its name, never a password; then
#   === end.
# Needs: to read one of the two files, or a unit that says itself where the database is (77 without both).
# Arguments: configFile, envFile, unit, layout.

use strict;
use warnings;
require "../shared/paths.pl";
require "../shared/ask-once.pl";
require "../shared/unit-settings.pl";
my ($config, $env, $unit, $layout) = @ARGV;
my ($section, $place, @above, @paces, @settings);
my %known = map { $_ => 1 } $config, $env;
my $read = 0;
my %of_libpq = map { ("PG$_" => 1) } qw(HOST HOSTADDR PORT USER DATABASE SERVICE SERVICEFILE SSLMODE SSLROOTCERT SSLCERT SSLKEY
  TARGETSESSIONATTRS CLIENTENCODING CONNECT_TIMEOUT REQUIREAUTH CHANNELBINDING GSSENCMODE);
my $say = sub { push @settings, "$_[0]\t" . $_[1] =~ s/[^ -~]/?/gr . "\t$place\n" if defined $_[1] && $_[1] ne "" };

# Settings of PostgreSQL's own; one with a dot in its name is an application's, and may be a secret. So may the options
# of another program that the same file has.
sub options {
  my ($text) = @_;
  $text =~ s/\\(.)/\x01$1/g;
  my @set = $text =~ /(?:^|\s)(?:-c\s*|--)([A-Za-z_][\w-]*=(?:\x01.|\S)*)/g;
  @set = grep { !/^[^=]*(?:pass|secret|token|key|auth|cred|bearer|user)/i } @set;
  $say->(session => $_) for map { s/\x01//gr =~ s/^([^=]+)/lc($1) =~ tr,-,_,r/er } @set;
}

my %length = ("" => 1000, ms => 1, s => 1000, sec => 1000, seconds => 1000, m => 60000, min => 60000, h => 3600000);
# A number of a setting such as collector.interval_seconds is a pause.
sub pause {
  my ($name, $value) = @_;
  return unless $name =~ /collect|poll|scrap|sampl|gather|ingest/i && $name =~ /interval|every|period|pause|sleep|delay|poll_?(?:ms|seconds|time)/i;
  my ($number, $unit) = $value =~ /^(\d*\.?\d+)\s*(ms|s|sec|seconds|m|min|h|)$/i or return;
  $unit = "ms" if $unit eq "" && $name =~ /_?(?:ms|millis\w*)$/i;
  push @paces, "pace\t" . int($number * $length{lc $unit}) . "\t$place ($name)\n";
}

# What a connection string sets for its sessions, in whichever file it stands.
sub of_connection {
  my ($line) = @_;
  $say->(host => $1) if $line =~ m{\bpostgres(?:ql)?(?:\+\w+)?://[^?\s"\x27]*\?(?:[^\s"\x27]*&)?host=(/[^&\s"\x27]+)};
  my @parts = $line =~ /[?&]((?:options|currentSchema|sslmode|target_session_attrs)=[^&\s"\x27]*)/g;
  for (@parts) {
    my ($key, $value) = split /=/, tr/+/ /r =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ger, 2;
    if ($key eq "options") { options($value) }
    else { $say->($key eq "currentSchema" ? (session => "search_path=$value") : (libpq => "$key=$value")) }
  }
  options($1) if !@parts && $line =~ /\boptions\s*[=:]\s*(?:\\?["\x27])?(\s*-[^"\x27]*)/;
}

# True where the line was one of these; what is left may be one of a section of YAML.
sub of_environment {
  my ($line) = @_;
  my $is_password = $line =~ /^\s*(?:export\s+)?(?:[A-Z]+_)?(?:DB|DATABASE|PG|POSTGRES|POSTGRESQL)_?PASS(?:WORD|WD)?\s*=\s*["\x27]?[^"\x27\s]/
    || $line =~ m{\bpostgres(?:ql)?(?:\+\w+)?://(?:[^:@/\s]*:(?:[^?\s"\x27]+|[^@/\s]+)@|[^\s"\x27]*[?&]password=[^&\s"\x27])}
    || $line =~ /\b(?:host|dbname)=.*\bpassword=\S|\bpassword=\S.*\b(?:host|dbname)=/;
  $say->(password => "set") if $is_password;
  if ($line =~ /^\s*(?:export\s+)?(PG[A-Z_]+)\s*=\s*(["\x27]?)(.*?)\2$/) {
    my ($name, $value) = ($1, $3);
    if ($name eq "PGOPTIONS") { options($value); return 1 }
    $say->(libpq => "$name=$value") if $of_libpq{$name} && $value ne "";
  }
  of_connection($line);
  # A password may have an @ itself: the last one is before the host.
  if ($line =~ m{\bpostgres(?:ql)?(?:\+\w+)?://(?:([^:@/\s]*)(?::(?:[^?\s"\x27]*|[^@/\s]*))?@)?(\[[^\]]+\]|[^:/?\s"\x27]*)(?::(\d+))?(?:/([^?\s"\x27]*))?}) {
    my ($user, $host, $port, $name, $rest) = ($1, $2, $3, $4, substr $line, $+[0]);
    # A password that does not fit a URL is taken for a host and a port.
    return 1 if !defined $user && $rest =~ /@/ && $rest !~ /^\?\w+=/;
    $say->(user => $user); $say->(host => $host); $say->(port => $port); $say->(name => $name);
    return 1;
  }
  if ($line =~ /\bhost=([^\s;&"\x27]+).*\bdbname=/ || $line =~ /\bdbname=.*\bhost=([^\s;&"\x27]+)/) {
    $say->(host => $1);
    for my $part ([port => "port"], [user => "user"], [name => "dbname"]) { $say->($part->[0], $1) if $line =~ /\b$part->[1]=([^\s;&"\x27]+)/ }
    return 1;
  }
  return 1 if $is_password;
  $line =~ /^\s*(?:export\s+)?(?:[A-Z]+_)?(?:DB|DATABASE|PG|POSTGRES|POSTGRESQL)_?(HOST|PORT|USER|USERNAME|NAME|DATABASE|DB)\s*=\s*["\x27]?([^"\x27\s#]+)/ or return 0;
  my %as = (HOST => "host", PORT => "port", USER => "user", USERNAME => "user");
  $say->($as{$1} // "name", $2);
  return 1;
}

sub of_yaml {
  my ($indent, $key, $value) = $_[0] =~ /^(\s*)([A-Za-z_]+)\s*:\s*["\x27]?([^"\x27#]*?)["\x27]?\s*(?:#.*)?$/ or return;
  pop @above while @above && $above[-1][0] >= length $indent;
  pause(join(".", (map { $_->[1] } @above), $key), $value);
  push @above, [length $indent, $key];
  $section = undef if defined $section && length $indent <= $section;
  $say->($key =~ /port/i ? "listen_port" : "listen_address", $value) if !defined $section && $value ne "" && $key =~ /^(port|listen|bind|address|(http|listen|server|bind)_(port|address|host))$/i;
  if ($value eq "" && $key =~ /^(database|db|postgres|postgresql|pg|sql)$/i) { $section = length $indent; return }
  my %as = (host => "host", hostname => "host", port => "port", user => "user", username => "user", name => "name", dbname => "name", database => "name");
  return if !defined $section || $value =~ /^[{[]/;
  if ($key =~ /^pass(?:word|wd)?$/i) { $say->(password => "set") if $value ne ""; return }
  $say->($as{lc $key}, $value) if $as{lc $key};
}

sub read_file {
  my ($file) = @_;
  open my $in, "<", $file or return 0;
  @above = ();
  while (<$in>) {
    s/\s+$//;
    next if /^\s*(#|$)/;
    $place = "$file:$.";
    pause($1, $3) if /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=\s*(["\x27]?)([^"\x27]*)\2$/;
    of_environment($_) or of_yaml($_);
  }
  return 1;
}

# Of files that set names of the environment: each by the rules of who reads it.
sub read_environment {
  my ($set) = @_;
  for (@{$set // return 0}) {
    $place = "$_->{file}:$_->{line}";
    pause($_->{name}, $_->{value});
    of_environment("$_->{name}=$_->{value}");
  }
  return 1;
}

# As systemctl cat has them, which reads them too, with the name of each above it.
sub unit_files {
  my ($shown) = shown_units([qw(FragmentPath DropInPaths)], $unit) or return;
  return map { my $text = text_of($_); defined $text ? ("# $_", split(/\n/, $text), "") : () } $shown->{FragmentPath}, split / /, $shown->{DropInPaths};
}

# What the unit sets itself has no section: Environment="NAME=value" OTHER=value.
sub read_unit {
  my ($file, $line) = ("-", 0);
  for (unit_files()) {
    s/\s+$//;
    if (m{^# (/\S.*)$}) { ($file, $line) = ($1, 0); next }
    $line++;
    if (/^\s*EnvironmentFile\s*=\s*(-?\/.*)/) { $known{$_}++ or read_environment(settings_in_unit_file($_)) for environment_files({ EnvironmentFiles => $1 }) }
    elsif (/^\s*Environment\s*=\s*(.*)/) {
      for my $set (grep { /^\w+=/ } unit_words($1)) { $place = "$file:$line"; of_environment($set) }
    }
  }
}

my @lacks;
if (read_file($config)) { $read++ } else { push @lacks, "$config: $!\n" }
my @of_unit = defined $unit && $unit ne "" ? shown_units(["EnvironmentFiles"], $unit) : ();
my $is_of_unit = grep { $_ eq $env } map { environment_files($_) } @of_unit;
if (read_environment($is_of_unit ? settings_in_unit_file($env) : settings_in_dotenv($env))) { $read++ } else { push @lacks, "$env: $!\n" }
read_unit() if defined $unit && $unit ne "";
# The unit itself may say where the database is, though there is neither file or both are closed.
# Where settings come from the environment they are mostly closed to others, and what DebVisor shows of itself has to do.
my $is_told = $read || grep { /^(?:host|name)\t/ } @settings;
my $is_lost = !$is_told && ($layout // "") ne "own";
print STDERR grep { $is_lost || /denied/ } @lacks;
exit 77 if $is_lost;
push @settings, "closed\t-\t$env\n" unless $is_told;
print @paces, @settings, "=== end\n";

#!/usr/bin/perl
# Part of upstream-members.sh, which says what it answers.

require "../shared/sockets.pl";
require "../shared/kernel.pl";
require "../shared/calendar.pl";
require "../shared/paths.pl";
# Numbers of errno(3): the module Errno takes 3 ms of CPU to load.
my $EACCES = 13;
my ($main, $log) = @ARGV;
my $root = $main =~ s{[^/]*$}{}r;
my (%groups, %mirrors, %leads, @all, $denied);
for my $folder ("${root}conf.d", "${root}sites-enabled") { $denied = 1 if -e $folder ? !(-r _ && -x _) : $! == $EACCES }
for my $file ($main, map { paths_like(as_it_is($root) . $_) } "conf.d/*.conf", "sites-enabled/*") {
  open my $in, "<", $file or do { $denied = 1 if $! == $EACCES; next };
  my ($group, $location, $held, $from) = ("", "", "", 0);
  while (my $line = <$in>) {
    $line =~ s/#.*//;
    while ($line =~ /([^{};]*)([{};])/g) {
      my ($words, $mark) = ("$held $1", $2);
      my $place = $file . ":" . ($held eq "" ? $. : $from);
      $words =~ s/^\s+|\s+$//g;
      $held = "";
      if ($mark eq "{") { ($group) = $words =~ /^upstream\s+(\S+)$/; $group //= ""; $location = $1 if $words =~ /^location\s+(?:[=^]~?\s*)?(\/\S*)$/ }
      elsif ($mark eq "}") { $group = "" }
      # A request that is mirrored waits for its copy before the connection takes the next one (ngx_http_mirror_module).
      elsif ($words =~ /^mirror\s+(\/\S*)$/) { $mirrors{$1} = $place }
      elsif ($words =~ m{^proxy_pass\s+[a-z]+://([A-Za-z0-9._:-]+)}) { $leads{$location} = $1 }
      elsif ($group ne "" && $words =~ /^server\s+(\S+)(.*)$/s) {
        my ($member, $how) = ($1, $2);
        next if $how =~ /\bdown\b/;
        my $backup = $how =~ /\bbackup\b/ ? "backup" : "-";
        push @{ $groups{$group} }, { place => $place, group => $group, member => $member, backup => $backup };
      }
    }
    my ($rest) = $line =~ /([^{};\n]*)$/;
    $from = $. if $held eq "";
    $held .= " $rest" if $rest =~ /\S/;
  }
}
if ($denied) { print STDERR "this login may not read all of $root\n"; exit 77 }
my @copies = map { { place => $mirrors{$_}, group => "mirror $_", member => $leads{$_}, backup => "-" } } grep { $leads{$_} && !$groups{$leads{$_}} } sort keys %mirrors;
for my $one (@copies, map { @$_ > 1 ? @$_ : () } values %groups) {
  my ($host, $port) = $one->{member} =~ /^([A-Za-z0-9._-]+)(?::(\d+))?$/ or next;
  last if @all >= 16;
  my $address = eval { local $SIG{ALRM} = sub { die }; alarm 2; my $found = resolved($host); alarm 0; $found };
  alarm 0;
  @$one{qw(state connect)} = ("done", "its name does not resolve") unless $address;
  push @all, $one;
  next unless $address;
  $one->{address} = "$address:" . ($port || 80);
  my ($socket, $error) = start_connect(packed_address($address, $port || 80));
  next unless $socket;
  @$one{qw(socket state connect)} = ($socket, "connecting", "timed out");
  if ($error && $error != 115) { local $! = $error; @$one{qw(state connect)} = ("done", "$!") }
}
my $began = elapsed();
while (1) {
  my @open = grep { $_->{state} eq "connecting" } @all;
  my $left = $began + 3.2 - elapsed();
  last if !@open || $left <= 0;
  my $writes = "";
  vec($writes, fileno $_->{socket}, 1) = 1 for @open;
  next if select(undef, $writes, undef, $left) < 0;
  for my $one (grep { vec $writes, fileno $_->{socket}, 1 } @open) {
    my $error = connect_error($one->{socket});
    local $! = $error;
    @$one{qw(state connect)} = ("done", $error ? "$!" : "ok");
  }
}
my %said;
if (open my $in, "-|", "tail", "-n", "300", "--", $log) {
  while (<$in>) {
    next unless m{connecting to upstream} && m{upstream: "[a-z]+://([^/"]+)};
    my $address = $1;
    my ($text) = m{\] \d+#\d+: (?:\*\d+ )?(.*?), client:} or next;
    my @at = m{^(\d+)/(\d+)/(\d+) (\d+):(\d+):(\d+)} or next;
    $said{$address} = [time - local_seconds(@at), $text];
  }
}
for my $one (@all) {
  my ($age, $text) = @{ $said{$one->{address} // ""} // $said{$one->{member}} // [-1, "-"] };
  printf "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", @$one{qw(place group member backup connect)}, $age, substr $text, 0, 160;
}
print "=== end\n"

#!/usr/bin/perl
# Part of upstream-members.sh, which says what it answers.

use Socket;
use POSIX;
use Time::HiRes qw(time);
my ($main, $log) = @ARGV;
my $root = $main =~ s{[^/]*$}{}r;
my (%groups, %mirrors, %leads, @all, $denied);
for my $folder ("${root}conf.d", "${root}sites-enabled") { $denied = 1 if -e $folder ? !(-r _ && -x _) : $!{EACCES} }
for my $file ($main, glob "\Q$root\Econf.d/*.conf \Q$root\Esites-enabled/*") {
  open my $in, "<", $file or do { $denied = 1 if $!{EACCES}; next };
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
my $began = time;
for my $one (@copies, map { @$_ > 1 ? @$_ : () } values %groups) {
  my ($host, $port) = $one->{member} =~ /^([A-Za-z0-9._-]+)(?::(\d+))?$/ or next;
  last if @all >= 16;
  my $address = eval { local $SIG{ALRM} = sub { die }; alarm 2; my $found = inet_aton($host); alarm 0; $found };
  alarm 0;
  @$one{qw(state connect)} = ("done", "its name does not resolve") unless $address;
  push @all, $one;
  next unless $address;
  $one->{address} = inet_ntoa($address) . ":" . ($port || 80);
  socket my $socket, PF_INET, SOCK_STREAM | 2048, 0 or next;
  @$one{qw(socket state connect)} = ($socket, "connecting", "timed out");
  connect $socket, pack_sockaddr_in($port || 80, $address) or $!{EINPROGRESS} or @$one{qw(state connect)} = ("done", "$!");
}
$began = time;
while (1) {
  my @open = grep { $_->{state} eq "connecting" } @all;
  my $left = $began + 3.2 - time;
  last if !@open || $left <= 0;
  my $writes = "";
  vec($writes, fileno $_->{socket}, 1) = 1 for @open;
  next if select(undef, $writes, undef, $left) < 0;
  for my $one (grep { vec $writes, fileno $_->{socket}, 1 } @open) {
    my $error = unpack "i", getsockopt $one->{socket}, SOL_SOCKET, SO_ERROR;
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
    $said{$address} = [time - POSIX::mktime($at[5], $at[4], $at[3], $at[2], $at[1] - 1, $at[0] - 1900, 0, 0, -1), $text];
  }
}
for my $one (@all) {
  my ($age, $text) = @{ $said{$one->{address} // ""} // $said{$one->{member}} // [-1, "-"] };
  printf "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", @$one{qw(place group member backup connect)}, $age, substr $text, 0, 160;
}
print "=== end\n"

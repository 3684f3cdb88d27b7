#!/usr/bin/perl
# Part of last-reload.sh, which says what it answers.

use POSIX;
use Time::HiRes;
my ($newest, $file) = (0, "");
while (<STDIN>) {
  my ($m, $c, $path) = /^(\S+) (\S+) (.*)/ or next;
  my $at = $m > $c ? $m : $c;
  ($newest, $file) = ($at, $path) if $at > $newest;
}
open my $in, "<", "/proc/uptime" or exit 77;
my $booted = Time::HiRes::time() - (split " ", scalar <$in>)[0];
my $hertz = POSIX::sysconf(_SC_CLK_TCK) || 100;
my $youngest;
for my $stat (glob "/proc/[0-9]*/stat") {
  my ($pid) = $stat =~ /([0-9]+)/;
  open my $args, "<", "/proc/$pid/cmdline" or next;
  next unless (<$args> // "") =~ /^nginx: worker process/ && open my $in, "<", $stat;
  my $began = (split " ", (<$in> // "") =~ s/^.*\) //sr)[19];
  $youngest = $began if !defined $youngest || $began > $youngest;
}
my $now = Time::HiRes::time();
printf "worker=%.2f\n", $now - $booted - $youngest / $hertz if defined $youngest;
printf "changed=%.2f\nfile=%s\n", $now - $newest, $file if $newest;

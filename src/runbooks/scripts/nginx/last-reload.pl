#!/usr/bin/perl
# Part of last-reload.sh, which says what it answers.

require "../shared/kernel.pl";
require "../shared/paths.pl";
my ($newest, $file) = (0, "");
while (<STDIN>) {
  my ($m, $c, $path) = /^(\S+) (\S+) (.*)/ or next;
  my $at = $m > $c ? $m : $c;
  ($newest, $file) = ($at, $path) if $at > $newest;
}
open my $in, "<", "/proc/uptime" or exit 77;
my $booted = time_of_day() - (split " ", scalar <$in>)[0];
my $hertz = clock_ticks();
my $youngest;
for my $pid (process_ids()) {
  open my $args, "<", "/proc/$pid/cmdline" or next;
  next unless (<$args> // "") =~ /^nginx: worker process/ && open my $in, "<", "/proc/$pid/stat";
  my $began = (split " ", (<$in> // "") =~ s/^.*\) //sr)[19];
  $youngest = $began if !defined $youngest || $began > $youngest;
}
my $now = time_of_day();
printf "worker=%.2f\n", $now - $booted - $youngest / $hertz if defined $youngest;
printf "changed=%.2f\nfile=%s\n", $now - $newest, $file if $newest;

#!/usr/bin/perl
# Which packages were upgraded while the platform's programs ran, and does the host wait for a reboot?
#
# A running process keeps the program and the libraries that it began with. Who may read its maps (itself and root)
# sees them as deleted; for everybody else the time of the upgrade tells (dpkg's log), and which of the packages a
# program has to do with is the reader's to judge.
#
# Reads: /proc, the last 256 KB of dpkg's logs, /run/reboot-required and its .pkgs (Debian's reboot-notifier,
#   unattended-upgrades and needrestart write them).
# Prints: tab-separated lines: "process", unit, seconds since it began, pid, program; "mapped", unit, the same, pid, a
#   file that is deleted; "upgrade", package, seconds since, -, versions; "reboot", -, seconds since, -, packages; then
#   === end.
# Needs: no right; the maps of others it leaves out.
# Arguments: unit.

require "../shared/kernel.pl";
require "../shared/calendar.pl";
require "../shared/paths.pl";
my $wanted = ($ARGV[0] // "") =~ s/\.service$//r;
my $hertz = clock_ticks();
sub text {
  my ($file, $last) = @_;
  open my $in, "<", $file or return "";
  seek $in, -$last, 2 if $last && -s $in > $last;
  local $/;
  return <$in> // "";
}
sub clean { return $_[0] =~ s/[^ -~]+/ /gr }
my ($uptime) = text("/proc/uptime") =~ /^([0-9.]+)/;
my %oldest;
for my $pid (process_ids()) {
  my ($unit) = text("/proc/$pid/cgroup") =~ m{/([^/\n]+\.service)}m or next;
  next unless $unit =~ /^(?:\Q$wanted\E|postgresql|nginx)\b/;
  my ($began) = text("/proc/$pid/stat") =~ /\) \S+(?: \S+){18} (\d+)/ or next;
  my $age = int($uptime - $began / $hertz);
  $oldest{$unit} = [$age, $pid] if !$oldest{$unit} || $age > $oldest{$unit}[0];
}
my $longest = 0;
for my $unit (sort keys %oldest) {
  my ($age, $pid) = @{$oldest{$unit}};
  $longest = $age if $age > $longest;
  my ($program) = split /\0/, text("/proc/$pid/cmdline");
  printf "process\t%s\t%d\t%d\t%s\n", $unit, $age, $pid, clean(substr $program // "-", 0, 160);
  my (%gone, $maps);
  $maps = text("/proc/$pid/maps");
  # Shared memory and temporary files are deleted by those who use them.
  $gone{$1}++ while $maps =~ m{ (/(?:usr|lib|opt|srv|home)\S*/[^\n]+) \(deleted\)$}mg;
  printf "mapped\t%s\t%d\t%d\t%s\n", $unit, $age, $pid, clean($_) for grep { defined } (sort keys %gone)[0 .. 7];
}
my (%upgraded, $said);
for my $line (split /\n/, text("/var/log/dpkg.log.1", 262144) . text("/var/log/dpkg.log", 262144)) {
  my ($y, $mo, $d, $h, $mi, $s, $package, $old, $new) =
    $line =~ /^(\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+) upgrade ([^ :]+)\S* (\S+) (\S+)/ or next;
  $upgraded{$package} = [local_seconds($y, $mo, $d, $h, $mi, $s), "$old -> $new"];
}
for my $package (sort { $upgraded{$b}[0] <=> $upgraded{$a}[0] || $a cmp $b } keys %upgraded) {
  my $age = time - $upgraded{$package}[0];
  next if $age >= $longest || $age < 0 || ++$said > 100;
  printf "upgrade\t%s\t%d\t-\t%s\n", clean($package), $age, clean($upgraded{$package}[1]);
}
if (my $since = (stat "/run/reboot-required")[9]) {
  my %seen;
  my @packages = grep { !$seen{$_}++ } split /\s+/, clean(text("/run/reboot-required.pkgs", 4096));
  printf "reboot\t-\t%d\t-\t%s\n", time - $since, join(" ", @packages) || "-";
}
print "=== end\n";

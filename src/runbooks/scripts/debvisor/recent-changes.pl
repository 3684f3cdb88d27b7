#!/usr/bin/perl
# What was changed before?
#
# Files and links by their inode's change, which chmod, chown and mv make too; packages by dpkg's log, else by rpm's
# own times; the platform's units by their last change of state. The newest of each kind, newest first. `since` is in
# seconds.
#
# Reads: times of configuration files, dpkg's log or rpm, units and the journal.
# Prints: a line a change: kind, age in seconds, time, name; then === end.
# Needs: no right; what it may not see it leaves out, and nothing is concluded from what is missing.
# Arguments: configFile, envFile, unit, since, home.

require "../shared/calendar.pl";
require "../shared/parts.pl";
my ($config, $env, $unit, $since, $home) = @ARGV;
my $now = time;
my (%newest, %show, %known, %stopped);
my $epoch = sub {
  my @at = $_[0] =~ /(\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+)/ or return 0;
  local_seconds(@at);
};
my $note = sub {
  my ($kind, $at, $name) = @_;
  $newest{$kind}{$name} = int $at if $at && $now - $at <= $since && $at > ($newest{$kind}{$name} // 0);
};
# What each of them says, a line each.
sub said {
  my @file = ("-printf", 'file\t%C@\t%p\n');
  my @of_configuration = (qw(/etc/debvisor /etc/postgresql /etc/nginx /etc/systemd/system /etc/default /etc/sysctl.d
    /etc/security /etc/apparmor.d /etc/hosts /etc/nsswitch.conf /etc/fstab /etc/nftables.conf /etc/sysctl.conf), $config, $env);
  # Of the program its own files, without those that come with it by the thousand, and those that it writes itself. It stops
  # after two seconds, so that a large folder or a slow file system does not take the other answers with it.
  my @not_its_own = map { ("-o", "-name", $_) } qw(.* __pycache__ node_modules site-packages dist-packages log logs tmp cache sessions uploads data run spool);
  my @written = map { ("!", "-name", $_) } qw(*.log *.log.* *.pid *.db *.db-* *.sqlite* *.rrd);
  my @of_program = lines_from(2, "find", "-H", $home, qw(-xdev -mindepth 1 -maxdepth 5), "(", @not_its_own[1 .. $#not_its_own], ")", "-prune", "-o", @written,
    qw{( -type f -o -type l )}, @file);
  splice @of_program, 5000 if @of_program > 5000;
  return (
    lines_from(0, "find", "-H", @of_configuration, qw{-maxdepth 5 ( -type f -o -type l )}, @file),
    @of_program,
    packages(),
    lines_from(0, "systemctl", "show", $unit, "postgresql*", "nginx*", qw(--no-pager -p Id -p ActiveState -p StateChangeTimestamp)),
    # A stopped instance is forgotten by systemd, and remembered by its journal.
    lines_from(0, qw(journalctl -q _PID=1 -u), $unit, "-u", "postgresql*", "-u", "nginx*", qw(-n 40 --no-pager -o short-iso)),
  );
}
sub packages {
  if (open my $log, "<", "/var/log/dpkg.log") {
    # A day more than is asked for, whatever the zone of its times.
    my @day = localtime $now - $since - 86_400;
    my $first = sprintf "%d-%02d-%02d", $day[5] + 1900, $day[4] + 1, $day[3];
    my @lines;
    if (open my $before, "<", "/var/log/dpkg.log.1") { @lines = grep { $_ ge $first } <$before> }
    push @lines, grep { $_ ge $first } <$log>;
    chomp @lines;
    return @lines;
  }
  return lines_from(0, qw(rpm -qa --qf), 'package\t%{INSTALLTIME}\t%{NAME} %{VERSION}-%{RELEASE}\n');
}
for (said()) {
  if (/^(file|package)\t([0-9.]+)\t(.+)/) { $note->($1, $2, $3) }
  elsif (/^(\S+ \S+) (install|upgrade|remove) ([^ :]+)\S* (\S+) (\S+)/) {
    $note->("package", $epoch->($1), "$3 " . ($2 eq "remove" ? "removed" : $5));
  }
  elsif (/^(Id|ActiveState|StateChangeTimestamp)=(.*)/) { $show{$1} = $2 }
  elsif (/^(\d+-\d+-\d+)T(\d+:\d+:\d+)\S* \S+ systemd\[1\]: Stopped (.+?)(?: - .*)?\.?$/) {
    unit();
    $stopped{$3} = $epoch->("$1 $2");
  }
  elsif ($_ eq "") { unit() }
}
unit();
$note->("unit", $stopped{$_}, "$_ stopped") for grep { !$known{$_} } keys %stopped;
sub unit {
  $known{$show{Id} // ""} = 1;
  $note->("unit", $epoch->($show{StateChangeTimestamp} // ""), "$show{Id} $show{ActiveState}") if $show{Id};
  %show = ();
}
my %most = (file => 12, package => 4, unit => 3);
my @rows;
for my $kind (keys %newest) {
  my $of = $newest{$kind};
  my @names = sort { $of->{$b} <=> $of->{$a} || $a cmp $b } keys %$of;
  push @rows, map { [$kind, $of->{$_}, $_] } grep { defined } @names[0 .. $most{$kind} - 1];
}
sub day_and_time { my @at = localtime $_[0]; return (sprintf("%d-%02d-%02d", $at[5] + 1900, $at[4] + 1, $at[3]), sprintf "%02d:%02d", @at[2, 1]) }
my ($today) = day_and_time($now);
for (sort { $b->[1] <=> $a->[1] } @rows) {
  my ($kind, $at, $name) = @$_;
  my ($day, $time) = day_and_time($at);
  my ($age, $when) = ($now - $at > 0 ? $now - $at : 0, $day eq $today ? $time : "$day $time");
  printf "%s\t%d\t%s\t%s\n", $kind, $age, $when, $name =~ s/[^ -~]/?/gr;
}
print "=== end\n"

#!/usr/bin/perl
# In what state is DebVisor's unit?
#
# Reads: systemctl show.
# Prints: key=value lines, properties as systemd names them, with TriedAgo, ChangedAgo (seconds) and Astray.
# Needs: no right.
# Arguments: unit.

require "../shared/ask-once.pl";
require "../shared/calendar.pl";
my ($unit) = @ARGV;
my $shown = show([$unit], qw(Id LoadState LoadError UnitFileState ActiveState SubState Type Result ExecMainCode ExecMainStatus MainPID NRestarts
  NeedDaemonReload ConditionResult User Group WorkingDirectory ExecStart ExecStartPre EnvironmentFiles FragmentPath DropInPaths ControlGroup MemoryMax
  TasksMax CPUQuotaPerSecUSec LimitNOFILE StateChangeTimestamp ProtectHome ProtectSystem PrivateTmp InaccessiblePaths ReadOnlyPaths
  InactiveExitTimestamp ConditionTimestamp ConsistsOf BoundBy RequiredBy Conflicts ConflictedBy)) // end_as_it_did();
print $shown;

# Where nothing is said, since the host was started.
sub ago {
  my @at = value_in($shown, $_[0]) =~ /(\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+)/;
  return time - local_seconds(@at) if @at;
  open my $uptime, "<", "/proc/uptime" or return 0;
  return <$uptime> =~ /^(\d+)/ ? $1 : 0;
}
print "TriedAgo=", ago("InactiveExitTimestamp"), "\nChangedAgo=", ago("StateChangeTimestamp"), "\n";
# Of its environment only what leads an interpreter or a linker elsewhere: the rest may be secrets.
my $environment = value_in(show([$unit], "Environment") // "", "Environment");
print "Astray=", join(" ", grep { /^"?(?:PYTHONHOME|PYTHONPATH|LD_LIBRARY_PATH|LD_PRELOAD|NODE_PATH|NODE_OPTIONS)=/ } split / /, $environment), "\n";
print map { "$_=\n" } qw(ProtectHome ProtectSystem PrivateTmp InaccessiblePaths ReadOnlyPaths);
# A property without a value is not printed: there it is empty (the first of two counts).
print map { "$_=\n" } qw(ExecStartPre EnvironmentFiles StateChangeTimestamp LoadError ConsistsOf BoundBy RequiredBy Conflicts ConflictedBy);

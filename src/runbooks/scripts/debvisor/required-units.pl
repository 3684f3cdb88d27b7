#!/usr/bin/perl
# In what state are the units that DebVisor requires?
#
# Reads: systemctl show.
# Prints: systemd's own blocks of key=value lines.
# Needs: no right.
# Arguments: unit.

require "../shared/ask-once.pl";
my ($unit) = @ARGV;
my $required = show([$unit], qw(Requires BindsTo Requisite)) // "";
# systemctl quotes the names in which a backslash stands.
my %names = map { s/"//gr =~ s/\\\\/\\/gr => 1 } "basic.target", map { split / / } $required =~ /^\w+=(.*)$/mg;
my @names = sort grep { !/^$|\.slice$|^-\.mount$/ } keys %names;
splice @names, 20 if @names > 20;
{ exec "systemctl", "show", "--no-pager", (map { ("-p", $_) } qw(Id LoadState ActiveState SubState Result)), "--", @names }
exit 127;

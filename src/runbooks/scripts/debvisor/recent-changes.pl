#!/usr/bin/perl
# Part of recent-changes.sh, which says what it answers.

require "../shared/calendar.pl";
my ($since) = @ARGV;
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
while (<STDIN>) {
  chomp;
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

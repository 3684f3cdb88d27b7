# What several probes ask of the host. Within a wave it is asked once, and all of them read the same answer (Wave::once of wave.pl); by hand each
# asks for itself. Another script has it by `require "../shared/ask-once.pl";`.
#
# ask_once(@command): what it prints; undef where it fails, and $? says how.
# once($question, \&ask): the same of what a sub gives.
# quietly(\&ask): what that gives, and nothing on STDERR meanwhile.
# end_as_it_did(): ends the script like the command that failed, as `|| exit` does in a shell.
# show(\@units, @properties): what systemctl show says of these properties, in its own blocks; undef where it fails. A name may be a pattern.
# value_in($shown, $property): of its first unit; "" where it has none.
# processes(@columns): a line a process, as `ps -ww -e -o COLUMN=,…` prints them; undef where it fails.

use strict;

sub ask_once {
  my @command = @_;
  my $ask = sub {
    no warnings "exec";
    open my $from, "-|", @command or do { $? = ($! == 2 ? 127 : 126) << 8; return };
    local $/;
    my $said = <$from> // "";
    return close $from ? $said : undef;
  };
  return once(join("\0", @command), $ask);
}

# What fails is asked by each of them. What failed before it says nothing of it.
sub once {
  my ($question, $ask) = @_;
  $? = 0;
  my $whole = sub { my $said = $ask->(); return $? ? undef : $said };
  return defined &Wave::once ? Wave::once($question, $whole) : $whole->();
}

# What it runs complains to nobody.
sub quietly {
  my ($ask) = @_;
  open my $loud, ">&", \*STDERR or return $ask->();
  open STDERR, ">", "/dev/null";
  my $said = $ask->();
  open STDERR, ">&", $loud;
  return $said;
}

sub end_as_it_did { exit($? >> 8 || 1) }

# All properties of it, so that whoever asks for others has them too.
sub show {
  my ($units, @properties) = @_;
  my $said = ask_once("systemctl", "show", "--all", "--no-pager", "--", @$units) // return;
  my $wanted = join "|", @properties;
  return join "", grep { $_ eq "\n" || /^(?:$wanted)=/ } $said =~ /[^\n]*\n/g;
}

sub value_in {
  my ($shown, $property) = @_;
  return $shown =~ /^\Q$property\E=(.*)$/m ? $1 : "";
}

# In the order and the widths of ps.
my @columns = (["pid"], [stat => "%-4s"], ["user:32" => "%-32s"], [rss => "%5s"], [nlwp => "%4s"], [etimes => "%7s"], [cputimes => "%8s"],
  ["wchan:32" => "%-32s"]);
sub processes {
  my @wanted = @_;
  my $said = ask_once("ps", "-ww", "-eo", join ",", map { "$_=" } (map { $_->[0] } @columns), "args") // return;
  my @lines;
  for (split /\n/, $said) {
    my @values = /^( *\d+)/ ? split(" ", $_, @columns + 1) : next;
    my %value = (pid => $1, args => $values[-1]);
    $value{ $columns[$_][0] } = sprintf $columns[$_][1], $values[$_] for 1 .. $#columns;
    $value{"unit:64"} = sprintf "%-64s", unit_of($values[0]) if grep { $_ eq "unit:64" } @wanted;
    push @lines, join " ", @value{@wanted, "args"};
  }
  return \@lines;
}

# The first part of its control group that is no slice, as ps says it with a library that takes 7 ms of CPU to load; - where it has none.
sub unit_of {
  my ($pid) = @_;
  open my $in, "<", "/proc/$pid/cgroup" or return "-";
  my ($group) = map { /^(?:0:|\d+:name=systemd):(.*)/ ? $1 : () } <$in>;
  my ($unit) = grep { $_ ne "" && !/\.slice$/ } split m{/}, $group // "";
  $unit = ($unit // "") =~ s/^_//r;
  return $unit =~ /^[^.].*\.(?:service|scope|socket|mount|swap)$/ ? $unit : "-";
}

1;

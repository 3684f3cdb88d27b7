#!/usr/bin/perl
# Part of who-stopped-it.sh, which says what it answers.

use POSIX;
my ($id, $at) = @ARGV;
(my $name = $id) =~ s/\.service$//;
# That unit, and none whose name begins or ends with its name.
my $this = qr/(?<![\w@.-])\Q$name\E(?:\.service)?(?![\w@-]|\.\w)/;
my $order = qr/\b(?:systemctl|service|invoke-rc\.d|deb-systemd-invoke)\b[^;&|]*?(?:\b(?:stop|kill|mask)\b[^;&|]*$this|$this[^;&|]*\bstop\b|\b(?:isolate|rescue|emergency)\b)/;
my (%own, %kind, @units, %one, @rows, @began, %seen);
my $part = "units";
my $text = sub { open my $in, "<", $_[0] or return ""; read $in, my $got, 100000; $got // "" };
my $line_of = sub { my ($line) = grep { /$order/ && !/^\s*#/ } split /\n/, $_[0]; defined $line ? $line =~ s/^\s+|\s+$//gr : undef };
# The order in a command itself, or in the text of the script that it runs.
my $orders = sub {
  my ($command) = @_;
  return $1 if $command =~ /($order)/;
  my @files = grep { m{^/} && !m{^/dev/} && -f && -T _ } split /[\s;"\x27]+/, $command;
  for my $file (@files) {
    my $line = $line_of->($text->($file));
    return "$file: $line" if defined $line;
  }
  return undef;
};
while (<STDIN>) {
  chomp;
  if (/^=== (\w+)/) { push @units, {%one} if $one{Id}; %one = (); $part = $1; next }
  if ($part eq "units") {
    if (/^Own(\w+)=(\d+)/) { $own{$1} = $2 / 1e6 }
    elsif ($_ eq "") { push @units, {%one} if $one{Id}; %one = () }
    elsif (/^(Conflicts|ConflictedBy)=(.*)/) { $kind{$_} = "conflict" for split / /, $2 }
    elsif (/^(Requires|Requisite|BindsTo|PartOf|StopPropagatedFrom)=(.*)/) { $kind{$_} = $1 for split / /, $2 }
    elsif (/^(\w+)=(.*)/) { $one{$1} = $2 }
  } elsif ($part eq "journal") {
    my ($time, $said) = /^([0-9.]+) \S+ (.*)/ or next;
    if ($said =~ /^systemd\[1\]: (?:Starting|Started|Finished) (?:.*?\s)?([A-Za-z0-9@_.\\:-]+\.service)\b/) { push @began, $1 if $1 ne $id && abs($time - $at) <= 5 && !$seen{$1}++ }
    elsif ($said =~ /^systemd/) { next }
    elsif ($said =~ /^sudo\S*: +(\S+) :.*?COMMAND=(.*)/) {
      my ($who, $command) = ($1, $2);
      push @rows, ["command", "$who: $command", "sudo logged it " . int($at - $time + 0.5) . " s before"] if $command =~ /$order/ && $at - $time <= 10;
    } elsif ($said =~ /\((\S+)\) CMD \((.*)\)/) {
      my ($who, $command) = ($1, $2);
      my $how = abs($at - $time) <= 10 ? $orders->($command) : undef;
      push @rows, ["command", "cron: $command", "as $who, $how"] if defined $how;
    }
  } elsif ($part eq "packages") {
    my @t = /^(\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+) (?:install|upgrade|remove|purge|configure|trigproc) ([^ :]+)\S* (\S+) (\S+)/ or next;
    my $time = mktime($t[5], $t[4], $t[3], $t[2], $t[1] - 1, $t[0] - 1900, 0, 0, -1);
    next if $at < $time - 1 || $at > $time + 30 || $seen{"package $t[6]"};
    for my $script (map { glob "/var/lib/dpkg/info/$t[6].$_ /var/lib/dpkg/info/$t[6]:*.$_" } qw(prerm preinst postinst postrm)) {
      next unless -f $script;
      my $line = $line_of->($text->($script));
      next unless defined $line;
      $seen{"package $t[6]"} = 1;
      push @rows, ["package", "package $t[6]", "dpkg worked on it then ($t[7] to $t[8]), $script: $line"];
      last;
    }
  }
}
my ($out, $down) = @own{qw(ActiveExitTimestampMonotonic InactiveEnterTimestampMonotonic)};
$down = $out if !$down || $down < $out;
my @related;
for my $unit (@units) {
  my $kind = $kind{$unit->{Id}} // next;
  my ($up, $exit) = map { ($unit->{$_} // 0) / 1e6 } qw(InactiveExitTimestampMonotonic ActiveExitTimestampMonotonic);
  my $where = $unit->{FragmentPath} || "made by systemd";
  if ($kind eq "conflict") { push @related, ["conflict", $unit->{Id}, $where] if $up && $up >= $out - 2 && $up <= $down + 2 }
  elsif ($exit && $exit >= $out - 2 && $exit <= $down + 2) { push @related, ["with", $unit->{Id}, "$kind=, $where"] }
}
for my $unit (grep { !$kind{$_} } @began) {
  open my $show, "-|", "systemctl", "show", "--no-pager", "-p", "ExecStart", "-p", "ExecStartPre", "-p", "ExecStartPost", "-p", "TriggeredBy", "--", $unit or next;
  my $all = join "", <$show>;
  my ($by) = $all =~ /^TriggeredBy=(\S+)/m;
  my $how = $orders->(join " ", $all =~ /argv\[\]=(.*?) ;/g);
  push @rows, ["unit", $unit, ($by ? "started by $by, " : "") . $how] if defined $how;
}
@rows = (@related, @rows);
splice @rows, 5;
my $n = 0;
print join("\t", map { s/[^ -~]/?/gr } $n++ ? "also" : $_->[0], substr($_->[1], 0, 160), substr $_->[2], 0, 240), "\n" for @rows;
print "=== end\n"

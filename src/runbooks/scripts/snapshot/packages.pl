#!/usr/bin/perl
# Part of packages.sh, which says what it answers.

use strict;
my ($unit) = @ARGV;
my ($SECONDS, $MOST) = (3, 100);
my @named = qw(nginx* libnginx-* postgresql* pgbouncer* debvisor*);
my $LEFT_OUT = qr{^/usr/share/(?:doc|man|locale|info|lintian|help|gtk-doc|bug)/|\.pyc$};

sub ask {
  my (@command) = @_;
  my $pid = open my $out, "-|";
  return unless defined $pid;
  if (!$pid) { open STDERR, ">", "/dev/null"; { exec @command } exit 127 }
  chomp(my @lines = <$out>);
  close $out;
  @lines;
}

# By the path that a package has it under: /lib is a link to /usr/lib by now, and packages may have either.
sub owners {
  my %package;
  for (ask("dpkg-query", "-S", map { m{^/usr(/s?bin/.*|/lib/.*)} ? ($_, $1) : ($_, "/usr$_") } @_)) {
    next if /^diversion by /;
    my ($packages, $path) = /^([^:]+(?::\w+)?(?:, \S+)*): (\/.*)/ or next;
    $package{$path} = (split /[:,]/, $packages)[0];
  }
  %package;
}

my %path;
for (ask("systemctl", "show", $unit, "nginx*", "postgresql*", "--no-pager", "-p", "FragmentPath", "-p", "ExecStart")) {
  $path{$1} = 1 if m{^FragmentPath=(/.+)} || m{^ExecStart=\{ path=(/\S+) };
}
my %wanted = map { $_ => 1 } values %{{ %path ? owners(sort keys %path) : () }};
for (ask("dpkg-query", "-W", "-f", '${Package} ${db:Status-Status}\n', @named)) {
  $wanted{$1} = 1 if /^(\S+) installed$/;
}
print "host\tnow\t", time, "\t-\n";
if (!%wanted) {
  print "unseen\tfile\t\t: dpkg names no package of the platform\nend\n";
  exit;
}

my (@changed, %conffile, %missing, @unseen);
for (ask("timeout", "-k", 1, $SECONDS, "dpkg", "--verify", sort keys %wanted)) {
  my ($what, $kind, $path, $why) = m{^(missing|\S{9})\s+(?:(\w) )?\s*(/.+?)(?: \((.+)\))?$} or next;
  next if $path =~ $LEFT_OUT;
  if (defined $why && $why =~ /denied/i) { push @unseen, "$path: permission denied"; next }
  next unless $what eq "missing" || $what =~ /5/;
  if (@changed >= $MOST) { push @unseen, ": more than $MOST differ"; last }
  push @changed, $path;
  $conffile{$path} = defined $kind && $kind eq "c";
  $missing{$path} = $what eq "missing";
}
push @unseen, ": dpkg took more than $SECONDS s" if $? >> 8 == 124;
my %package = @changed ? owners(@changed) : ();
for (@changed) {
  my $package = $package{$_} // $package{"/usr$_"} // $package{s{^/usr}{}r} // next;
  my $value = join " ", $package, $conffile{$_} ? "conffile" : "file", $missing{$_} ? "missing" : "changed";
  print join("\t", "file", $_, (lstat $_)[10] // "", $value), "\n";
}
print "unseen\tfile\t\t$_\n" for @unseen;
print "end\n";

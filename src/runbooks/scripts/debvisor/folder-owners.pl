#!/usr/bin/perl
# Who owns DebVisor's folders and files?
#
# Reads: stat(2) of them and of what is in them.
# Prints: a line a path: what, owner, group, mode (or missing, or closed: nobody can say what is there), path; `pipe`: a named
#   pipe. Then === end.
# Needs: no right; what lies behind a folder that the login may not enter is closed.
# Arguments: errorLog, home, data, configFile, envFile, user.

require "../shared/may-read.pl";
my ($error_log, $home, $data, $config, $env, $user) = @ARGV;
sub folder_of { return $_[0] =~ m{^(.*[^/])/+[^/]+/*$}s ? $1 : $_[0] =~ m{^/} ? "/" : "." }
my $logs = folder_of($error_log);

my (%user, %group);
sub user_of { return $user{$_[0]} //= getpwuid($_[0]) // $_[1] // $_[0] }
sub group_of { return $group{$_[0]} //= getgrgid($_[0]) // $_[1] // $_[0] }
for (["home", $home], ["data", $data], ["logs", $logs], ["config", $config], ["env", $env]) {
  my ($what, $path) = @$_;
  my @stat = stat $path;
  my @is = @stat ? (user_of($stat[4], "UNKNOWN"), group_of($stat[5], "UNKNOWN"), sprintf "%o", $stat[2] & 07777) : ("-", "-", is_closed($path) ? "closed" : "missing");
  print join("\t", $what, @is, $path), "\n";
}
(%user, %group) = ();

# What find says with -xdev, in its order. It is at work for 2 ms before it looks at anything, and this not; of many files it is the faster one.
my ($DEEP, $PIPES, $CLOSED) = (1, 2, 4);
my $number = getpwnam $user;
$number //= $user if $user =~ /^\d+$/;
my %found = map { $_ => [] } $DEEP, $PIPES, $CLOSED;
my $left = 2000;
sub see {
  my ($path, $depth, $device, $wanted) = @_;
  my @stat = lstat $path or return 1;
  return 0 if --$left < 0;
  my $kind = $stat[2] & 0170000;
  my $is = sub { join "\t", $_[0], user_of($stat[4]), group_of($stat[5]), sprintf("%o", $stat[2] & 07777), $path };
  push @{$found{$DEEP}}, $is->("inside") if $wanted & $DEEP && defined $number && $stat[4] != $number;
  push @{$found{$PIPES}}, $is->("pipe") if $wanted & $PIPES && $kind == 0010000;
  return 1 if $kind != 0040000;
  my $may_list = may_open($path);
  push @{$found{$CLOSED}}, "inside\t-\t-\tclosed\t$path" if $wanted & $CLOSED && $depth <= 2 && !($may_list && may_pass($path));
  return 1 if $depth == 3 || !$may_list || $stat[0] != ($device // $stat[0]);
  opendir my $in, $path or return 1;
  my $above = $path =~ m{/$} ? $path : "$path/";
  for (grep { !/^\.\.?$/ } readdir $in) { see("$above$_", $depth + 1, $device // $stat[0], $wanted) or return 0 }
  return 1;
}
# Whoever opens a pipe waits until somebody else opens the other end.
my @looks = ([$home, $DEEP | $CLOSED], [$logs, $PIPES], [$data, $DEEP | $PIPES | $CLOSED], [folder_of($config), $PIPES]);
if (!grep { !see($_->[0], 0, undef, $_->[1]) } @looks) {
  my %most = ($DEEP => 20, $PIPES => 5, $CLOSED => 5);
  for my $what ($DEEP, $PIPES, $CLOSED) { print map { "$_\n" } grep { defined } @{$found{$what}}[0 .. $most{$what} - 1] }
} else {
  my @deep = ("-xdev", "-maxdepth", 3);
  for (
    [20, $home, $data, @deep, "!", "-user", $user, "-printf", 'inside\t%u\t%g\t%m\t%p\n'],
    [5, $logs, $data, folder_of($config), @deep, qw(-type p -printf), 'pipe\t%u\t%g\t%m\t%p\n'],
    [5, $home, $data, qw{-xdev -maxdepth 2 -type d ( ! -readable -o ! -executable ) -printf}, 'inside\t-\t-\tclosed\t%p\n'],
  ) {
    my ($most, @arguments) = @$_;
    open my $find, "-|", "sh", "-c", 'exec find "$@" 2>/dev/null', "sh", @arguments or next;
    while (<$find>) { print; last if --$most == 0 }
    close $find;
  }
}
print "=== end\n";

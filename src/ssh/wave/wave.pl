# Runs on the host. Takes one wave of commands through STDIN, runs them side by side, as many as the host can
# bear, and answers on STDOUT with a frame for each. Writes to no file on a disk (it may be full), loads no module but strict (perl-base has
# few, and each costs milliseconds).
#
# Every command has a worker of its own, which is the subreaper of all that the command starts: whatever
# forks, calls setsid or outlives its parent stays a descendant of that worker and of no other, and waitpid
# says "no child" only when all are gone. The workers watch a leash, a pipe whose other end this process
# holds. When the bot goes away (EOF on STDIN), when this process is told to stop or is killed, the leash
# breaks, and each worker ends its command.
sub main::evaluate { eval $_[0] }    # up here: a probe's own program sees no variable of this one, and is as strict as it asks to be
package Wave;
use strict;
require warnings;    # once for all probes that ask for it

my ($marker, $longest, $kept, $stop_bytes, $share, $gentle, @commands) = unpack '(N/a*)*', $main::in[1];

# Milliseconds. Sudo sends its TERM at sudoers' TIMEOUT= and its KILL 2 s later, so waiting for it takes a
# little more.
my ($TERM_GRACE, $KILL_GRACE, $ZOMBIE_GRACE) = (300, 1000, 50);
my ($SUDO_KILL, $SUDO_LOOK, $SUDO_TIMEOUT) = (1500, 250, 3000);
my ($PR_SET_PDEATHSIG, $PR_SET_CHILD_SUBREAPER, $CLOCK_MONOTONIC) = (1, 36, 1);
# The last of its class (ioprio_set(2)) and not the idle one: on a disk that is never idle nothing would be answered in time.
my ($NICE, $IO_PRIORITY) = (10, 2 << 13 | 7);
my ($SIGKILL, $WNOHANG, $EPERM, $PIDFD_OPEN) = (9, 1, 1, 434);

# Numbers of prctl, clock_gettime, getrusage, ioprio_set, exit_group and memfd_create by ELF class and machine of this very perl (a 32-bit
# perl may run on a 64-bit kernel).
my %calls = (
  '2.62' => [157, 228, 98, 251, 231, 319],    # x86-64
  '2.183' => [167, 113, 165, 30, 94, 279],   # arm64
  '2.243' => [167, 113, 165, 30, 94, 279],   # riscv64
  '2.258' => [167, 113, 165, 30, 94, 279],   # loong64
  '2.21' => [171, 246, 77, 273, 234, 360],   # ppc64
  '2.22' => [172, 260, 77, 282, 248, 350],   # s390x
  '1.3' => [172, 265, 77, 289, 252, 356],    # i386
  '1.40' => [172, 263, 77, 314, 248, 385],   # arm
);
my $elf = "\0" x 20;
if (open my $exe, '<', '/proc/self/exe') { sysread $exe, $elf, 20 }
my ($prctl, $clock_gettime, $getrusage, $ioprio_set, $exit_group, $memfd_create) = @{ $calls{ join '.', unpack 'x4 C x13 S', $elf } || [] };

sub now {
  return time * 1000 unless $clock_gettime;
  my $time = "\0" x 16;
  syscall $clock_gettime, $CLOCK_MONOTONIC, $time;
  my ($seconds, $nanoseconds) = unpack 'l!2', $time;
  return $seconds * 1000 + $nanoseconds / 1e6;
}

# Microseconds of CPU that this process took, and those that it started and waited for.
sub cpu {
  my $all = 0;
  for my $whose (0, -1) {
    my $usage = "\0" x 144;
    if (!$getrusage || syscall $getrusage, $whose, $usage) {
      $all = 0;
      $all += $_ * 1e6 for times;
      last;
    }
    my ($user, $user_part, $system, $system_part) = unpack 'l!4', $usage;
    $all += ($user + $system) * 1e6 + $user_part + $system_part;
  }
  return int $all;
}

# Processes and threads that this host has started since it booted, whoever started them.
sub started {
  open my $stat, '<', '/proc/stat' or return 0;
  return (map { /^processes (\d+)/ } <$stat>)[0] || 0;
}

# Ends this process at once. To take apart what it has in memory, as exit does, takes half a millisecond of a copy's CPU.
sub leave {
  my ($code) = @_;
  close STDOUT;
  syscall $exit_group, $code if $exit_group;
  exit $code;
}

# Readable once that child has ended, or -1 (pidfd_open(2), Linux 5.3; the number is the same on every machine).
sub end_of { return syscall $PIDFD_OPEN, $_[0], 0 }

sub control { syscall $prctl, $_[0], $_[1], 0, 0, 0 if $prctl }

my %status;    # of children that have ended, by process id

# Collects ended children; true when none is left.
sub childless {
  my $pid;
  $status{$pid} = $? while ($pid = waitpid -1, $WNOHANG) > 0;
  return $pid < 0;
}

sub nap { select undef, undef, undef, $_[0] / 1000 }

sub wait_until {
  my ($limit, $done) = @_;
  my $end = now() + $limit;
  my $pause = 1;
  until ($done->()) {
    return if now() >= $end;
    nap($pause);
    $pause = $pause < 25 ? $pause * 2 : 50;
  }
  return 1;
}

# Living descendants of this process, from /proc, in three sorts: those that we may end; those of another
# user, root's under sudo; and those in between. In between is sudo itself: ours to kill (it keeps our real
# user id), but nobody else can end the command under it, so it must live.
sub descendants {
  my %sorts = (ours => [], between => [], foreign => []);
  opendir my $proc, '/proc' or return %sorts;
  my (%parent, %children, %sort);
  for my $pid (grep { /^\d+$/ } readdir $proc) {
    open my $stat, '<', "/proc/$pid/stat" or next;
    my ($state, $parent) = (<$stat> // '') =~ /.*\) (\S) (\d+)/s or next;
    next if $state =~ /[ZX]/;
    $parent{$pid} = $parent;
    push @{ $children{$parent} }, $pid;
  }
  my @found = @{ delete $children{$$} || [] };
  for (my $i = 0; $i < @found; $i++) { push @found, @{ delete $children{ $found[$i] } || [] } }
  for my $pid (reverse @found) {
    $sort{$pid} = 'foreign' if !kill(0, $pid) && $! == $EPERM;
    $sort{ $parent{$pid} } = 'between' if $sort{$pid};
    push @{ $sorts{ $sort{$pid} || 'ours' } }, $pid;
  }
  return %sorts;
}

# Where the site lets this login run anything, sudo ends what is root's.
sub kill_as_root {
  my @pids = @_;
  return unless @pids;
  my $killer = fork;
  return unless defined $killer;
  if (!$killer) {
    open STDIN, '<', '/dev/null';
    open STDOUT, '>', '/dev/null';
    open STDERR, '>', '/dev/null';
    { exec 'sudo', '-n', '--', 'kill', '-KILL', @pids }
    exit 127;
  }
  wait_until($SUDO_KILL, sub { childless() || exists $status{$killer} });
}

# Ends all that this process started, and answers how many would not go.
sub end_all {
  my ($sudo_patience) = @_;
  # New descendants may appear while the old ones are killed: pass after pass, until only those remain that we
  # may not kill.
  my $end = now() + $KILL_GRACE;
  my %left;
  until (now() >= $end) {
    return 0 if childless();
    %left = descendants();
    last unless kill 'KILL', @{ $left{ours} };
    nap(1);
  }
  return 0 if wait_until($ZOMBIE_GRACE, \&childless);
  kill 'TERM', @{ $left{between} };    # sudo passes it on
  return 0 if wait_until($TERM_GRACE, \&childless);
  # One that was killed may have started another just before: as long as new ones appear.
  my ($told, $last) = ('');
  do {
    %left = descendants();
    my $foreign = join ' ', @{ $left{foreign} };
    kill_as_root(@{ $left{foreign} }) if $foreign ne $told;
    $told = $foreign;
    $last //= now() + $sudo_patience;
    return 0 if wait_until($last - now() < $SUDO_LOOK ? $last - now() : $SUDO_LOOK, \&childless);
  } until now() >= $last;
  %left = descendants();
  kill 'KILL', @{ $left{ours} };
  return 0 if wait_until($ZOMBIE_GRACE, \&childless);
  return @{ $left{foreign} } || @{ $left{ours} } || 1;
}

# Pipes of the worker that its command must not hold open: a command that cannot be ended would keep the worker's frame from being told.
my @of_worker;

# In the command's own process: becomes the command.
sub become {
  my ($out, $err, $kind, @argv) = @_;
  close $_ for @of_worker;
  setpgrp 0, 0;
  control($PR_SET_PDEATHSIG, $SIGKILL);
  $SIG{$_} = 'DEFAULT' for qw(CHLD HUP INT PIPE TERM);
  # Where memory runs out while we look, the kernel shall take the probe and not what it looks at (proc(5)).
  if (open my $victim, '>', '/proc/self/oom_score_adj') { print $victim 1000 }
  open STDIN, '<', '/dev/null';
  open STDOUT, '>&', $out;
  open STDERR, '>&', $err;
  close $_ for $out, $err;
  unshift @argv, $kind eq 'shell' ? ('/bin/sh', '-c') : $kind ne 'perl' && $> ? ('sudo', '-n', '--') : ();
  run_here(@argv) if $kind eq 'perl';
  { exec { $argv[0] } @argv }
  my $missing = $! == 2;
  print STDERR "$argv[0]: cannot run: $!\n";
  exit($missing ? 127 : 126);
}

# What this perl runs needs no other one, which would take 3 to 10 ms of CPU to start. It ends as perl does: what it has left open is written
# out, and pipes to other programs are waited for.
sub run_here {
  my ($program, @arguments) = @_;
  @ARGV = @arguments;
  ($!, $?) = (0, 0);    # what a program that dies ends with
  main::evaluate("#line 1 \"-e\"\n$program");
  exit 0 if $@ eq '';
  my $code = $! + 0 || $? >> 8 || 255;
  print STDERR $@;
  exit $code;
}

# What several probes ask of the host is asked once a wave: the first one to want it leaves it in this file, which is in memory alone. Whoever
# comes meanwhile waits for it, for half of its own time-out, and then asks for itself. What fails is not kept.
my ($shelf, $patience) = (-1, 0);
sub once {
  my ($question, $ask) = @_;
  return $ask->() if $shelf < 0;
  open my $file, '+<', "/proc/self/fd/$shelf" or return $ask->();
  claim($file, $question) or return $ask->();
  my ($answers) = kept_in($file);
  return $answers->{$question} if defined $answers->{$question};
  my $answer = $ask->();
  keep($file, $question, $answer) if defined $answer;
  close $file;    # and gives up the claim
  return $answer;
}

# Each question has a byte of its own to lock, so that none waits for another one (fcntl(2); the lock ends with its process).
sub claim {
  my ($file, $question) = @_;
  my ($F_SETLK, $F_WRLCK, $SEEK_SET, $EAGAIN, $EACCES) = (6, 1, 0, 11, 13);
  return if length pack('l!', 0) != 8;    # of 32 bits: the numbers are others
  my $byte = 0;
  $byte = ($byte * 31 + $_) % 2**31 for unpack 'C*', $question;
  my $end = now() + $patience;
  local $!;
  until (fcntl $file, $F_SETLK, pack 's2 x4 q2 l x4', $F_WRLCK, $SEEK_SET, $byte, 1, 0) {
    return if $! != $EAGAIN && $! != $EACCES || now() >= $end;
    nap(5);
  }
  return 1;
}

# Answers by question, and how many bytes they take: whoever was ended while it wrote has left half of one behind.
sub kept_in {
  my ($file) = @_;
  seek $file, 0, 0;
  my $all = do { local $/; <$file> } // '';
  my ($at, %answers) = 0;
  while ($at + 8 <= length $all) {
    my ($of_question, $of_answer) = unpack 'N2', substr $all, $at, 8;
    my $next = $at + 8 + $of_question + $of_answer;
    last if $next > length $all;
    $answers{ substr $all, $at + 8, $of_question } = substr $all, $at + 8 + $of_question, $of_answer;
    $at = $next;
  }
  return (\%answers, $at);
}

sub keep {
  my ($file, $question, $answer) = @_;
  my $record = pack 'N2 a* a*', length $question, length $answer, $question, $answer;
  return unless utf8::downgrade($record, 1) && flock $file, 2;
  my (undef, $whole) = kept_in($file);
  truncate $file, $whole;
  seek $file, $whole, 0;
  local ($\, $,);
  print $file $record;
}

# In the worker: runs one command to its end, answers its frame. Exits where the leash breaks.
sub work {
  my ($leash, $index, $kind, $timeout, @argv) = @_;
  control($PR_SET_CHILD_SUBREAPER, 1);
  $SIG{CHLD} = sub { };    # only to wake select
  pipe my $out, my $out_end or die "pipe: $!";
  pipe my $err, my $err_end or die "pipe: $!";
  push @of_worker, $leash, $out, $err;
  $patience = $timeout / 2;
  my $began = now();
  my $pid = fork;
  die "fork: $!\n" unless defined $pid;
  become($out_end, $err_end, $kind, @argv) unless $pid;
  close $_ for $out_end, $err_end;
  my $end = end_of($pid);

  my %open = (fileno $out => $out, fileno $err => $err);
  my %text = map { $_ => '' } keys %open;
  my %size = map { $_ => 0 } keys %open;
  # Reads what there is within so many milliseconds; false when there was nothing.
  my $read = sub {
    my $wanted = '';
    vec($wanted, $_, 1) = 1 for fileno $leash, keys %open, $end < 0 ? () : $end;
    return if select($wanted, undef, undef, $_[0] / 1000) <= 0;
    if (vec $wanted, fileno $leash, 1) { end_all(0); exit }
    # Kernels with a pidfd that was ported back to them call it readable all the time.
    $end = -1 if $end >= 0 && vec($wanted, $end, 1) && !childless() && !exists $status{$pid};
    for my $fd (grep { vec $wanted, $_, 1 } keys %open) {
      my $got = sysread $open{$fd}, my $bytes, 65536;
      delete $open{$fd} unless $got;
      $size{$fd} += $got || 0;
      my $room = $kept - length $text{$fd};
      $text{$fd} .= substr $bytes, 0, $room if $got && $room > 0;
    }
    return 1;
  };
  my $flooded = sub { grep { $_ > $stop_bytes } values %size };

  my ($how, $pause) = ('exited', 1);
  until (childless() || exists $status{$pid}) {
    my $left = $began + $timeout - now();
    $how = $left <= 0 ? 'timed-out' : $flooded->() ? 'cut' : 'exited';
    last if $how ne 'exited';
    # Its end wakes select. Where the kernel does not tell it that way, SIGCHLD may come just before select and
    # then wake nobody: hence the pauses, short after each event.
    if ($end >= 0) { $read->($left); next }
    $pause = $read->($pause < $left ? $pause : $left) ? 1 : $pause < 25 ? $pause * 2 : 50;
  }
  $end = -1;    # it stays readable, and what is left to read must not wait for that
  my $ms = now() - $began;
  if ($how ne 'exited') {
    kill 'TERM', -$pid unless exists $status{$pid};
    wait_until($TERM_GRACE, \&childless);
  }
  my $left = end_all($how eq 'exited' ? 0 : $SUDO_TIMEOUT);
  while (%open && !$flooded->()) { last unless $read->(0) }
  my $code = $status{$pid} // 0;
  my ($stdout, $stderr) = @text{ fileno $out, fileno $err };
  $how = 'cut' if $how eq 'exited' && grep { $_ > $kept } values %size;
  ($how, $code) = ('signalled', $code & 127) if $how eq 'exited' && $code & 127;
  $code >>= 8 if $how eq 'exited';
  return join(' ', $index, $how, $code, $left, int $ms, cpu(), length $stdout, length $stderr) . "\n$stdout$stderr";
}

$0 = 'debvisor probes';
binmode STDOUT;
$SIG{PIPE} = 'IGNORE';
my $stopped;
$SIG{$_} = sub { $stopped = 1 } for qw(HUP INT TERM);
umask 077;
chdir '/';
%ENV = (
  (map { $_ => $ENV{$_} } grep { defined $ENV{$_} } qw(HOME USER LOGNAME)),
  PATH => '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL => 'C',
  TERM => 'dumb',
);
control($PR_SET_CHILD_SUBREAPER, 1);

# A look comes after all that the host has to do by itself; a fix does not.
if ($gentle) {
  setpriority 0, 0, $NICE;
  syscall $ioprio_set, 1, 0, $IO_PRIORITY if $ioprio_set;
}

pipe my $leash, my $leash_end or die "pipe: $!";
my %worker;
$shelf = syscall $memfd_create, my $name = 'debvisor', 1 if $memfd_create;    # closed by what is executed

# Starts the worker of a command.
sub start {
  my ($index) = @_;
  pipe my $up, my $up_end or die "pipe: $!";
  my $pid = fork;
  if (!defined $pid) { print STDERR "fork: $!\n"; return }
  if (!$pid) {
    setpgrp 0, 0;    # a signal to the session's process group must not take the workers along
    close $_ for $leash_end, $up, map { $_->{up} } values %worker;
    open STDIN, '<', '/dev/null';
    open STDOUT, '>', '/dev/null';
    $SIG{$_} = 'IGNORE' for qw(HUP INT TERM);    # the leash tells
    push @of_worker, $up_end;
    my $frame = work($leash, $index, unpack '(N/a*)*', $commands[$index]);
    print $up_end $frame;
    close $up_end;
    leave(0);
  }
  $worker{ fileno $up } = { up => $up, pid => $pid, frame => '', since => now() };
}

# How many commands may work at once: two for each processor that this process may use, so that a sick host is
# left to those who mend it. One that takes longer than its share waits for something, or hangs: it is not
# counted any more, or it would hold up all others.
my $at_once = 4;
if (open my $self, '<', '/proc/self/status') {
  my ($list) = map { /^Cpus_allowed_list:\s*(\S+)/ } <$self>;
  my $processors = 0;
  $processors += /(\d+)-(\d+)/ ? $2 - $1 + 1 : 1 for split /,/, $list // '';
  $at_once = 2 * $processors > 12 ? 12 : 2 * $processors > 4 ? 2 * $processors : 4;
}
my @timeout = map { (unpack '(N/a*)*', $_)[1] } @commands;
# The longest first: what takes samples over seconds is to begin before what is done at once.
my @waiting = sort { $timeout[$b] <=> $timeout[$a] || $a <=> $b } 0 .. $#commands;

# Starts what may start now. Answers in how many milliseconds the next one may, unless one ends before.
sub start_more {
  my @young = sort { $a <=> $b } grep { $_ > now() - $share } map { $_->{since} } values %worker;
  while (@waiting && @young < $at_once) {
    start(shift @waiting);
    push @young, now();
  }
  return @waiting ? $young[0] + $share - now() : 1000;
}

my $pending = "$marker\n";
my ($told, $before) = (0, started());
my $deadline = now() + $longest;
until ($stopped || !(%worker || @waiting || length $pending)) {
  my $left = $deadline - now();
  last if $left <= 0;
  my $next = start_more();
  $left = $next < 1 ? 1 : $next if $next < $left;
  my ($readable, $writable) = ('', '');
  vec($readable, $_, 1) = 1 for fileno STDIN, keys %worker;
  vec($writable, fileno STDOUT, 1) = 1 if length $pending;
  next if select($readable, $writable, undef, $left < 1000 ? $left / 1000 : 1) <= 0;
  last if vec $readable, fileno STDIN, 1;    # nothing more is sent: this is EOF, the bot is gone
  for my $fd (grep { vec $readable, $_, 1 } keys %worker) {
    my $one = $worker{$fd};
    next if sysread $one->{up}, $one->{frame}, 65536, length $one->{frame};
    waitpid $one->{pid}, 0;
    $pending .= $one->{frame} if $? == 0;    # otherwise it was killed, perhaps in the middle of its frame
    delete $worker{$fd};
  }
  $pending .= 'cost ' . cpu() . ' ' . (started() - $before) . "\n" unless %worker || @waiting || $told++;
  # A pipe that select calls writable takes 4096 bytes without blocking, so a bot that stopped reading blocks
  # nothing here.
  if (vec $writable, fileno STDOUT, 1) {
    my $sent = syswrite STDOUT, $pending, 4096;
    last unless defined $sent;
    substr $pending, 0, $sent, '';
  }
}
close $leash_end;
my @working = map { $_->{pid} } values %worker;
wait_until(2 * $TERM_GRACE + $SUDO_KILL, sub { childless() || !grep { !exists $status{$_} } @working });
end_all(0);    # what a worker that was killed has left
exit;

#!/usr/bin/perl
# Part of system.sh, which says what it answers.

use strict;
require "../shared/calendar.pl";
require "../shared/paths.pl";
my ($unit) = @ARGV;
my $OURS = qr/^(?:\Q$unit\E|debvisor|nginx|postgresql|pgbouncer|redis)/;
# What containers, sandboxes and virtual machines bring and take with them.
my $PASSING_LINK = qr/^(?:veth|cali|cni)/;
my $PASSING_MOUNT = qr{
  ^/(?: run/(?:user|credentials|systemd|netns|docker) | var/lib/(?:docker|containers) | proc/
      | sys/(?:fs/cgroup|kernel)/ )
  | /snap/
}x;
my $PASSING_CHAIN = qr/^(?:DOCKER|KUBE-|cali-|CNI-|f2b-)/;
# Who logs in, and what is started for a moment.
my $PASSING_PROCESS = qr{^(?:
    sshd\b | sudo | su$ | kthreadd | systemd$ | \(sd-pam\) | login | agetty | (?:ba|da|z)?sh$ | sh\ -s | perl | sleep
  | cron$ | CRON
)}x;

sub fact {
  my ($area, $key, $number, $value) = @_;
  s/[\t\n]/ /g for $key, $value;
  print "$area\t$key\t$number\t$value\n";
}

sub unseen {
  my ($area, $why, $prefix) = @_;
  fact("unseen", $area, "", ($prefix // "") . ": $why");
}

sub slurp {
  open my $in, "<", $_[0] or return undef;
  local $/;
  my $text = <$in>;
  defined $text ? $text =~ s/\s+$//r : undef;
}

# The lines of a program, or none, and then why.
sub ask {
  my ($area, @command) = @_;
  my $pid = open my $out, "-|";
  if (!defined $pid) { unseen($area, "no process"); return }
  if (!$pid) { open STDERR, ">", "/dev/null"; { exec @command } exit 127 }
  chomp(my @lines = <$out>);
  return @lines if close $out;
  my $status = $? >> 8;
  unseen($area, "$command[0]: " . ($status == 127 ? "not installed" : "status $status"));
  ();
}

# What is told of the platform's units, in groups: what runs as whom, how it starts again, how much it may use, what it
# may touch, where its files are.
my @settings = map { split } (
  "User Group SupplementaryGroups DynamicUser WorkingDirectory RootDirectory Type Restart RestartUSec TimeoutStartUSec",
  "TimeoutStopUSec StartLimitBurst StartLimitIntervalUSec WatchdogUSec Slice ExecStart ExecStartPre ExecReload",
  "EnvironmentFiles Environment Wants Requires Requisite BindsTo PartOf Conflicts",
  "MemoryMax MemoryHigh MemorySwapMax CPUQuotaPerSecUSec CPUWeight AllowedCPUs TasksMax IOWeight IOReadBandwidthMax",
  "IOWriteBandwidthMax LimitNOFILE LimitNOFILESoft LimitNPROC LimitNPROCSoft LimitMEMLOCK LimitCORE LimitFSIZE LimitAS",
  "LimitDATA LimitSTACK LimitCPU Nice OOMScoreAdjust CPUSchedulingPolicy IOSchedulingClass",
  "UMask NoNewPrivileges PrivateTmp PrivateNetwork PrivateDevices PrivateUsers ProtectSystem ProtectHome",
  "ProtectKernelTunables ProtectControlGroups ReadOnlyPaths ReadWritePaths InaccessiblePaths ExecPaths NoExecPaths",
  "TemporaryFileSystem BindPaths BindReadOnlyPaths CapabilityBoundingSet AmbientCapabilities SystemCallFilter",
  "RestrictAddressFamilies RestrictNamespaces MemoryDenyWriteExecute IPAddressAllow IPAddressDeny SocketBindAllow",
  "SocketBindDeny RestrictNetworkInterfaces AppArmorProfile SELinuxContext",
  "StateDirectory RuntimeDirectory LogsDirectory FragmentPath DropInPaths StandardOutput StandardError KillMode",
  "KillSignal Listen Triggers Unit",
);
my @state = qw(Id LoadState UnitFileState ActiveState SubState Result NeedDaemonReload Transient MainPID
  ActiveEnterTimestamp InactiveEnterTimestamp);
my %in_any_order = map { $_ => 1 } qw(Wants Requires Requisite BindsTo PartOf Conflicts CapabilityBoundingSet
  SystemCallFilter DropInPaths Triggers RestrictAddressFamilies);
my %pid_of;

# Only what systemd has loaded, which is all that is enabled: the list of all files costs it half a second.
sub units {
  my %wanted;
  my @list = qw(systemctl list-units --all --no-pager --no-legend --plain);
  for (ask("unit", @list, "--type=service,socket,timer,path")) {
    my ($name, $loaded, $active) = split;
    # systemd's own helpers run for a moment, or never.
    my $helper = $name =~ /^systemd-/ && $active eq "inactive";
    my $told = $name =~ $OURS || $active eq "failed" || !$helper;
    $wanted{$name} = 1 if $loaded eq "loaded" && $told || $loaded eq "masked";
  }
  return unless %wanted;
  $wanted{$unit =~ /\.\w+$/ ? $unit : "$unit.service"} = $wanted{"nginx.service"} = 1;
  my %is;
  my @properties = map { ("-p", $_) } @state, @settings;
  for (ask("unit", qw(systemctl show --no-pager), @properties, "--", sort keys %wanted), "") {
    if ($_ eq "") { unit_facts(%is); %is = () }
    elsif (/^(\w+)=(.*)/) { $is{$1} = defined $is{$1} ? "$is{$1} $2" : $2 }
  }
}

# As systemctl writes it; before version 247 it knows no other way.
sub epoch {
  my @at = $_[0] =~ /(\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+)/ or return "";
  utc_seconds(@at);
}

# Those that are enabled or failed; what somebody started by hand, or a timer made, comes and goes. Of the platform all,
# with what is set.
sub unit_facts {
  my %is = @_;
  my $name = $is{Id} // return;
  return if $is{LoadState} eq "not-found" || ($is{Transient} // "") eq "yes";
  return if $name !~ $OURS && $is{ActiveState} ne "failed" && $is{UnitFileState} !~ /^(?:enabled|masked)/;
  return if $name =~ /^(?:session-|user\@|user-runtime-dir\@|run-)/;
  my $entered = $is{ActiveState} eq "active" ? "ActiveEnterTimestamp" : "InactiveEnterTimestamp";
  fact("unit", $name, epoch($is{$entered} // ""), join " ", $is{UnitFileState} || $is{LoadState}, unit_state(%is),
    $is{NeedDaemonReload} eq "yes" ? "need-daemon-reload" : ());
  return if $name !~ $OURS;
  $pid_of{$name} = $is{MainPID} if $is{MainPID};
  for my $key (@settings) {
    my $value = $is{$key} // "";
    fact("unit", "$name $key", "", unit_setting($key, $value)) unless $value eq "" || $value eq "[not set]";
  }
}

# What starts and ends by a timer is at one moment active.
sub unit_state {
  my %is = @_;
  return "failed($is{SubState} $is{Result})" if $is{ActiveState} eq "failed";
  my $once = ($is{Type} // "") eq "oneshot" && $is{ActiveState} =~ /^(?:inactive|activating|deactivating)$/;
  $once || $is{Id} =~ /\@/ && $is{Id} !~ $OURS ? "-" : $is{ActiveState};
}

sub unit_setting {
  my ($key, $value) = @_;
  return join "; ", $value =~ /argv\[\]=(.*?) ; ignore_errors/g if $key =~ /^Exec/;
  # The names only: the values may be secret.
  return join " ", sort map { /^"?(\w+)=/ ? $1 : () } $value =~ /(?:"[^"]*"|\S)+/g if $key eq "Environment";
  $in_any_order{$key} ? join " ", sort split " ", $value : $value;
}

# Limits and replaced libraries of what runs now: what the files say may not be in force yet.
sub running {
  for my $name (sort keys %pid_of) {
    my $pid = $pid_of{$name};
    my $limits = slurp("/proc/$pid/limits");
    unseen("limit", "permission denied", $name) unless defined $limits;
    for (split /\n/, $limits // "") {
      fact("limit", "$name \l$1", "", "$2/$3") if /^Max (\S.*?)\s{2,}(\S+)\s+(\S+)/;
    }
    my %gone = map { m{(/\S+\.so\S*) \(deleted\)$} ? ($1 => 1) : () } split /\n/, slurp("/proc/$pid/maps") // "";
    fact("process", "$name deleted-libraries", "", join " ", sort keys %gone) if %gone;
  }
}

# A name of a process only root sees, of others one's own.
sub listeners {
  my %socket;
  for (ask("listener", qw(ss -Hltunp))) {
    my ($protocol, $state, undef, $backlog, $local, undef, $who) = split " ", $_, 7;
    # Of UDP, the ports that clients get for an answer.
    next if $protocol =~ /^udp/ && $local =~ /:(\d+)$/ && $1 >= 32768;
    my ($process) = ($who // "") =~ /\(\("([^"]*)"/;
    $socket{"$protocol $local"} = join " ", $state, $protocol =~ /^tcp/ ? "backlog $backlog" : (), $process // ();
  }
  fact("listener", $_, "", $socket{$_}) for sort keys %socket;
}

# Those that stay: by user and command, and about how many.
sub processes {
  my (%count, %oldest);
  for (ask("process", "ps", "-eo", "ppid=,etimes=,user:32=,comm=")) {
    my ($parent, $age, $user, $command) = split " ", $_, 4;
    next if $age < 20 || $parent == 2 || $command =~ $PASSING_PROCESS && $command !~ $OURS;
    $command =~ s{[/:\[#-]?\d+.*$}{};
    $count{"$user $command"}++;
    $oldest{"$user $command"} = $age if $age > ($oldest{"$user $command"} // 0);
  }
  for (sort keys %count) {
    fact("process", $_, time - $oldest{$_}, $count{$_} == 1 ? "1" : $count{$_} <= 5 ? "2 to 5" : "more than 5");
  }
}

sub mounts {
  my %mount;
  for (split /\n/, slurp("/proc/self/mountinfo") // "") {
    my @field = split " ";
    my ($dash) = grep { $field[$_] eq "-" } 6 .. $#field;
    next if !$dash || $field[4] =~ $PASSING_MOUNT;
    my %option = map { $_ => 1 } map { split /,/ } @field[5, $dash + 3];
    # What is mounted over another is what counts: the later one.
    $mount{$field[4]} = join " ", @field[$dash + 1, $dash + 2], join ",", sort grep { !/^nr_inodes=/ } keys %option;
  }
  fact("mount", $_, "", $mount{$_}) for sort keys %mount;
}

my %sysctl = (
  "net/core" => "somaxconn netdev_max_backlog rmem_max wmem_max rmem_default wmem_default default_qdisc optmem_max
    busy_poll netdev_budget bpf_jit_enable",
  "net/ipv4" => "ip_local_port_range ip_local_reserved_ports ip_forward ip_nonlocal_bind ip_unprivileged_port_start
    ip_default_ttl ip_no_pmtu_disc icmp_echo_ignore_all icmp_ratelimit tcp_abort_on_overflow tcp_adv_win_scale
    tcp_congestion_control tcp_ecn tcp_fastopen tcp_fin_timeout tcp_keepalive_intvl tcp_keepalive_probes
    tcp_keepalive_time tcp_max_orphans tcp_max_syn_backlog tcp_max_tw_buckets tcp_mem tcp_mtu_probing
    tcp_moderate_rcvbuf tcp_no_metrics_save tcp_notsent_lowat tcp_orphan_retries tcp_reordering tcp_retries1
    tcp_retries2 tcp_rfc1337 tcp_rmem tcp_wmem tcp_sack tcp_slow_start_after_idle tcp_syn_retries tcp_synack_retries
    tcp_syncookies tcp_timestamps tcp_tw_reuse tcp_window_scaling udp_mem conf/all/rp_filter conf/default/rp_filter
    conf/lo/rp_filter conf/all/route_localnet conf/all/accept_local conf/all/forwarding conf/all/arp_ignore
    conf/all/arp_filter neigh/default/gc_thresh3",
  "net/ipv6" => "bindv6only conf/all/disable_ipv6 conf/default/disable_ipv6 conf/lo/disable_ipv6 conf/all/forwarding",
  "net/netfilter" => "nf_conntrack_max nf_conntrack_tcp_timeout_established nf_conntrack_tcp_loose",
  "net/unix" => "max_dgram_qlen",
  "vm" => "swappiness overcommit_memory overcommit_ratio overcommit_kbytes dirty_ratio dirty_bytes
    dirty_background_ratio dirty_background_bytes dirty_expire_centisecs dirty_writeback_centisecs max_map_count
    min_free_kbytes vfs_cache_pressure nr_hugepages nr_overcommit_hugepages zone_reclaim_mode panic_on_oom
    oom_kill_allocating_task admin_reserve_kbytes user_reserve_kbytes mmap_min_addr",
  "kernel" => "pid_max threads-max shmmax shmall shmmni sem msgmax msgmnb msgmni core_pattern panic panic_on_oops
    randomize_va_space sched_rt_runtime_us sched_autogroup_enabled numa_balancing yama/ptrace_scope keys/maxkeys
    unprivileged_userns_clone printk",
  "fs" => "file-max nr_open aio-max-nr inotify/max_user_watches inotify/max_user_instances inotify/max_queued_events
    pipe-max-size pipe-user-pages-soft protected_hardlinks protected_symlinks protected_regular protected_fifos
    suid_dumpable mount-max lease-break-time mqueue/msg_max",
  "user" => "max_user_namespaces",
);

sub kernel_settings {
  for my $group (sort keys %sysctl) {
    for (sort split " ", $sysctl{$group}) {
      my $value = slurp("/proc/sys/$group/$_");
      fact("sysctl", "$group/$_" =~ tr{/}{.}r, "", $value =~ s/\s+/ /gr) if defined $value;
    }
  }
}

# Without what runs out by itself.
sub addresses {
  my (%link, %address);
  for (ask("address", qw(ip -o link))) {
    my ($name) = /^\d+: ([^:\@ ]+)/ or next;
    my ($flags) = /<([^>]*)>/;
    $link{$name} = join " ", "link", join(",", sort split /,/, $flags // ""), /(mtu \d+)/, /(qdisc \S+)/, /(state \S+)/
      unless $name =~ $PASSING_LINK;
  }
  fact("address", $_, "", $link{$_}) for sort keys %link;
  for (ask("address", qw(ip -o addr))) {
    my ($name, $family, $at, $more) = /^\d+: (\S+)\s+(inet6?) (\S+)(.*)/ or next;
    next if $more =~ /temporary/ || $name =~ $PASSING_LINK;
    $address{"$name $at"} = join " ", $family, $more =~ /(scope \w+)/;
  }
  fact("address", $_, "", $address{$_}) for sort keys %address;
}

sub routes {
  my %route;
  my @all = map { "4 $_" } ask("route", qw(ip route));
  push @all, map { "6 $_" } ask("route", qw(ip -6 route));
  push @all, map { "rule $_" } ask("route", qw(ip rule));
  my $kind = qr/unreachable|blackhole|prohibit|broadcast|local|multicast/;
  for (@all) {
    my $line = s/ (?:expires|cache|age|used|users) \S+//gr =~ s/\s+$//r;
    my ($key, $rest) = $line =~ /^(rule \d+:|[46] (?:$kind )?\S+(?: dev \S+)?)\s*(.*)$/ or next;
    $route{$key} = defined $route{$key} ? "$route{$key}; $rest" : $rest;
  }
  fact("route", $_, "", $route{$_}) for sort keys %route;
}

my $VERDICT = qr/(?:accept|drop|reject|jump|goto|return|queue|dnat|snat|masquerade|redirect)/;

# Each rule by what it looks for, with what it does then. Without counters, and without what other programs keep in it.
sub firewall {
  my ($table, $chain, %rule) = ("", "");
  my ($nft) = grep { -x } "/usr/sbin/nft", "/sbin/nft";
  for (ask("firewall", $nft // "nft", "list", "ruleset")) {
    s/^\s+|\s+$//g;
    s/\bcounter packets \d+ bytes \d+ ?//;
    if (/^table (.+) \{$/) { $table = $1 }
    elsif (/^chain (\S+) \{$/) { $chain = $1 }
    elsif ($_ eq "}") { $chain = "" }
    elsif ($_ ne "" && $chain ne "" && $chain !~ $PASSING_CHAIN && !/^#/) {
      my ($looks_for, $does) = /^type / ? ("", $_) : /^(.*?) ?\b($VERDICT\b.*)$/;
      my $key = join " ", $table, $chain, grep { ($_ // "") ne "" } $looks_for // $_;
      $rule{$key} = defined $rule{$key} ? "$rule{$key}; " . ($does // "-") : $does // "-";
    }
  }
  fact("firewall", $_, "", $rule{$_}) for sort keys %rule;
}

sub accounts {
  my %group;
  while (my ($name, undef, $id, $members) = getgrent) {
    $group{$id} //= $name;
    fact("group", $name, "", join " ", $id, sort split " ", $members);
  }
  while (my @who = getpwent) { fact("user", $who[0], "", join " ", $who[2], $group{$who[3]} // $who[3], @who[7, 8]) }
}

sub host {
  my $memory = slurp("/proc/meminfo") // "";
  my ($name, $release, $machine) = split " ", join " ", ask("host", "uname", "-n", "-r", "-m");
  my %host = (
    kernel => join(" ", grep { defined } $release, $machine),
    name => $name,
    "boot id" => slurp("/proc/sys/kernel/random/boot_id"),
    "kernel command line" => slurp("/proc/cmdline"),
    "time zone" => readlink("/etc/localtime") // slurp("/etc/timezone"),
    "clock synchronised" => -e "/run/systemd/timesync/synchronized" ? "yes" : undef,
    "clock source" => slurp("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
    CPUs => slurp("/sys/devices/system/cpu/online"),
    "CPU governor" => slurp("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
    # A virtual machine's grows and shrinks by a little.
    "memory in MB" => $memory =~ /^MemTotal:\s+(\d+)/m ? 64 * int $1 / 65536 : undef,
    "swap in MB" => $memory =~ /^SwapTotal:\s+(\d+)/m ? int $1 / 1024 : undef,
    "control groups" => -e "/sys/fs/cgroup/cgroup.controllers" ? "version 2" : "version 1",
    "transparent huge pages" => chosen("/sys/kernel/mm/transparent_hugepage/enabled"),
    system => (slurp("/etc/os-release") // "") =~ /^PRETTY_NAME="?([^"\n]*)/m ? $1 : undef,
    "loaded security module" => slurp("/sys/kernel/security/lsm"),
    "machine-id" => slurp("/etc/machine-id"),
  );
  for (paths_like("/sys/block/*/queue/scheduler")) {
    my ($disk) = m{/sys/block/([^/]+)/} or next;
    $host{"scheduler of $disk"} = chosen($_) unless $disk =~ /^(?:loop|ram|zram|sr|dm-)/;
  }
  fact("host", $_, "", $host{$_}) for grep { defined $host{$_} && $host{$_} ne "" } sort keys %host;
  fact("host", "now", time, "");
}

# Of the words in a file of the kernel, the one in brackets.
sub chosen { (slurp($_[0]) // "") =~ /\[([\w-]+)\]/ ? $1 : undef }

# Libraries after the others: the first to be left out where there are very many.
sub packages {
  my @dpkg = ("dpkg-query", "-W", "-f", '${binary:Package}\t${db:Status-Status}\t${Version}\n');
  my @rpm = ("rpm", "-qa", "--qf", '%{NAME}\tinstalled\t%{VERSION}-%{RELEASE}\n');
  my %package;
  for (ask("package", -d "/var/lib/dpkg" ? @dpkg : @rpm)) {
    my ($name, $status, $version) = split /\t/;
    $package{$name} = $status eq "installed" ? $version : "$version ($status)";
  }
  fact("package", $_, "", $package{$_}) for sort { ($a =~ /^lib/) <=> ($b =~ /^lib/) || $a cmp $b } keys %package;
}

units();
running();
listeners();
processes();
mounts();
kernel_settings();
addresses();
routes();
firewall();
accounts();
host();
packages();
print "end\n";

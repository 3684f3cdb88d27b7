#!/usr/bin/perl
# Part of files.sh, which says what it answers. STDIN: what systemctl says of the platform's units.

use strict;
# O_NOFOLLOW differs from machine to machine.
use Fcntl qw(O_RDONLY O_NONBLOCK O_NOFOLLOW);
require "../shared/paths.pl";
require "../shared/kernel.pl";
# Numbers of errno(3): the module Errno takes 3 ms of CPU to load.
my ($ENOENT, $ENOTDIR) = (2, 20);
my ($config, $env, $home, $data, $error_log, $nginx_file) = @ARGV;
my ($BIG, $LONG, $CODE) = (4 << 20, 64 << 10, 64 << 10);
my $fast = eval { require Digest::MD5; 1 };
my (%seen, %text_of, %to_digest, @unseen, %said_unseen);

# How important a file is: its lines come first, and are the last to be left out.
my ($PLATFORM, $NGINX, $UNITS, $DATABASE, $SYSTEM, $HOME, $STOCK) = 0 .. 6;

sub unseen {
  my ($area, $path, $why) = @_;
  push @unseen, "unseen\t$area\t\t" . shown($path) . ": " . lc $why unless $said_unseen{"$area\t$path"}++;
}
sub shown { my $p = $_[0]; $p =~ s/([\x00-\x1f\x7f])/sprintf '\\x%02x', ord $1/ge; $p }

my (%user, %group);
sub owner { ($user{$_[0]} //= getpwuid($_[0]) // $_[0]) . ":" . ($group{$_[1]} //= getgrgid($_[1]) // $_[1]) }
my %kind = (0100000 => "file", 0040000 => "dir", 0120000 => "link", 0010000 => "fifo", 0140000 => "socket");
sub kind {
  my $kind = $_[0] & 0170000;
  $kind{$kind} // "device";
}

# lgetxattr(2) by its number: what it says takes no right to read the file, and no program.
my $lgetxattr = system_call("lgetxattr");
sub acl {
  my ($path) = @_;
  return () unless $lgetxattr;
  my ($file, $key, $got) = ("$path", "system.posix_acl_access", "\0" x 1024);
  my $size = syscall $lgetxattr, $file, $key, $got, 1024;
  return () if $size <= 4;
  my %tag = (1, "u:", 2, "u:", 4, "g:", 8, "g:", 16, "m:", 32, "o:");
  my @acl;
  for (my $at = 4; $at + 8 <= $size; $at += 8) {
    my ($tag, $may, $id) = unpack "vvV", substr $got, $at, 8;
    my $who = $tag == 2 ? owner($id, 0) =~ s/:.*//r : $tag == 8 ? owner(0, $id) =~ s/.*://r : "";
    next unless $tag == 2 || $tag == 8 || $tag == 16;
    my $rights = join "", $may & 4 ? "r" : "-", $may & 2 ? "w" : "-", $may & 1 ? "x" : "-";
    push @acl, $tag{$tag} . ($who eq "" ? "" : "$who:") . $rights;
  }
  "acl=" . join ",", @acl;
}

# Immutable and append-only (FS_IOC_GETFLAGS), which no mode shows.
sub flags {
  my ($in) = @_;
  my $flags = pack "L!", 0;
  ioctl $in, 0x80086601, $flags or return ();
  my $bits = unpack "L!", $flags;
  (($bits & 0x10 ? "immutable" : ()), ($bits & 0x20 ? "append-only" : ()));
}

# Never waits: what is no ordinary file is not opened, and one that was swapped for a pipe is opened without waiting.
sub content {
  my ($path, $size) = @_;
  sysopen my $in, $path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW or return;
  my @flags = flags($in);
  return ("", @flags) unless -f $in;
  my $text = "";
  while (length $text <= $size) { sysread $in, $text, $size + 1 - length $text, length $text or last }
  ($text, @flags);
}

# What a file has said once: `way` says how it is looked at. lines: none for what only has a digest; loose: without what
# changes by itself; code: only what is small and of the program.
sub see {
  my ($path, $rank, %way) = @_;
  $path =~ s{(?<=.)/+$}{};
  if (my $old = $seen{$path}) {
    return $old if $old->{rank} <= $rank && !($way{lines} && !$old->{lines});
  }
  my @st = lstat $path;
  if (!@st) {
    # What is not seen now is not gone: nor are its lines.
    for my $area ("file", $way{lines} ? "line" : ()) { unseen($area, $path, "$!") unless $! == $ENOENT || $! == $ENOTDIR }
    return;
  }
  my $kind = kind($st[2]);
  my $number = $way{loose} ? "" : $st[10];
  my $fact = $seen{$path} = { rank => $rank, lines => $way{lines}, kind => $kind, number => $number };
  my @value = (owner(@st[4, 5]), sprintf("%04o", $st[2] & 07777), $kind);
  $fact->{value} = [@value, acl($path)];
  if ($kind eq "link") { follow($fact, $path, @value) }
  elsif ($kind eq "file" && !$way{loose}) { look_inside($fact, $path, $st[7], \@value, %way) }
  see_target($fact, $rank, %way) if defined $fact->{to} && ($way{hops} // 0) < 8;
  $fact;
}

sub follow {
  my ($fact, $path, @value) = @_;
  my $to = readlink $path;
  $fact->{value} = [@value, "-> $to", acl($path)];
  $fact->{to} = without_dots($to =~ m{^/} ? $to : ($path =~ s{[^/]*$}{}r) . $to);
}

# One file has one path, or it is told twice. Above a folder that is a link lies another one than its name says.
sub without_dots {
  my ($path) = @_;
  my ($dir, $name) = $path =~ m{^(.*/\.\.?)/+(.*)$} or return $path;
  my $real = real_path($dir);
  defined $real ? $real =~ s{/$}{}r . "/$name" : $path;
}

# Where a link leads is a file of its own.
sub see_target {
  my ($fact, $rank, %way) = @_;
  my $stock = $fact->{to} =~ m{^(?:/usr)?/lib/};
  see($fact->{to}, $stock ? $STOCK : $rank, %way, hops => ($way{hops} // 0) + 1, ($stock ? (lines => 0) : ()));
}

my $TEXT_OF_PROGRAM =
  qr/\.(?:py|m?js|cjs|ts|json|ya?ml|html?|toml|cfg|ini|conf|sh|sql|txt|env)$|\/\.env[^\/]*$/;

sub look_inside {
  my ($fact, $path, $size, $value, %way) = @_;
  my @value = (@$value, $size);
  my $wanted = $size <= $BIG && (!$way{code} || $size <= $CODE && $path =~ $TEXT_OF_PROGRAM);
  my ($text, @flags) = $wanted ? content($path, $BIG) : ();
  if ($wanted && !defined $text) {
    push @value, "unreadable";
    unseen("line", $path, "$!") if $way{lines};
  } elsif ($wanted) {
    $fact->{digest} = @value;
    push @value, digest($path, $text);
    take_lines($fact, $path, $text) if $way{lines};
  }
  $fact->{value} = [@value, acl($path), @flags];
}

my $SECRET_NAME = qr{
  (?:^|/)(?: userlist\.txt | \.?pgpass[^/]* | [^/]*htpasswd[^/]* | id_[a-z0-9]+ | opasswd
    | [^/]*\.(?:key|p12|pfx|jks|keytab|gpg|kdbx) )$
}x;
my $SECRET_WORD = qr/passw(?:or)?d|passwd|secret|token|api_?key|requirepass/i;
my $SECRET_LINE = qr{PRIVATE\ KEY | ://[^\s:/\@]*:[^\s\@/]+\@ | $SECRET_WORD\w*["\x27]?\s*[:=]?\s*\S}xi;
# Twelve digits name a content; of one with a secret, three do not tell who guessed it.
sub digest {
  my ($path, $text) = @_;
  my $digits = $path =~ $SECRET_NAME || $text =~ $SECRET_LINE ? 3 : 12;
  return substr Digest::MD5::md5_hex($text), 0, $digits if $fast;
  $to_digest{$path} = $digits;
  "";
}

sub take_lines {
  my ($fact, $path, $text) = @_;
  return if $path =~ $SECRET_NAME || $text =~ /PRIVATE KEY/ || substr($text, 0, 8192) =~ /\0/;
  if (length $text > $LONG) { unseen("line", $path, "more than 64 KB"); return }
  my $n = 0;
  for (split /\n/, $text) {
    $n++;
    push @{$fact->{text}}, [$n, $_] unless /^\s*(?:[#;]|\/\/|$)/;
  }
}

# Kept for the last: editors' copies and what a package manager puts aside. nginx reads them too, where it includes *.
my $BACKUP = qr/~$|^\.#|^#.*#$|\.sw[a-z]$|\.(?:dpkg|ucf)-[a-z]+$|\.rpm(?:save|new|orig)$/;
my $OURS = qr/debvisor|nginx|postgres|pgbouncer|redis/;

sub names {
  my ($dir, $lines) = @_;
  if (opendir my $in, $dir) { return sort grep { !/^\.\.?$/ } readdir $in }
  for my $area ("file", $lines ? "line" : ()) { unseen($area, "$dir/", "$!") unless $! == $ENOENT || $! == $ENOTDIR }
  ();
}

# A folder with all below it. depth: how many folders down; fold: more files than that are one fact.
sub walk {
  my ($dir, $rank, %way) = @_;
  my $depth = delete $way{depth} // 6;
  my $fact = see($dir, $rank, %way) or return;
  for (1 .. 8) {
    last unless defined $fact->{to};
    $dir = $fact->{to};
    $fact = $seen{$dir} or return;
  }
  return if $fact->{kind} ne "dir" || $fact->{walked}++ || ++$way{walks}[0] > 400;
  my $left_out = $rank == $NGINX && $dir =~ m{/nginx} ? qr/^\.|\.sw[a-z]$/ : $BACKUP;
  my @names = grep { !/$left_out/ } names($dir, $way{lines});
  @names = grep { !/$way{skip}/ } @names if $way{skip};
  my (@files, @dirs);
  for (@names) {
    lstat "$dir/$_";
    if (-d _) { push @dirs, $_ } else { push @files, $_ }
  }
  see("$dir/$_", $rank, %way) for fold_most($dir, $rank, \%way, @files);
  for (map { "$dir/$_" } @dirs) {
    if ($way{code} && m{/(?:node_modules|site-packages|vendor|\.git)$}) {
      see($_, $rank);
      fold($_, $rank, 1, names($_));
    } elsif ($depth > 0) { walk($_, $rank, %way, depth => $depth - 1) }
    else { see($_, $rank, %way) }
  }
}

# The files to be told one by one: all, or of too many those with a name of the platform.
sub fold_most {
  my ($dir, $rank, $way, @files) = @_;
  return @files if @files <= $way->{fold};
  my @single = grep { /$OURS/ } @files;
  @single = () if @single > $way->{fold};
  my %single = map { $_ => 1 } @single;
  fold($dir, $rank, $way->{code}, grep { !$single{$_} } @files);
  @single;
}

# Many files as one fact: how many, a digest over their names, owners, modes and contents, and which changed last.
sub fold {
  my ($dir, $rank, $code, @names) = @_;
  my ($rows, $count, $newest, $at) = ("", 0, "", 0);
  for (@names) {
    next if $_ eq "__pycache__" || /$BACKUP/;
    my @st = lstat "$dir/$_" or next;
    $count++;
    last if $count > 4000;
    $rows .= join("\t", $_, @st[2, 4, 5], -d _ ? "" : $st[7]);
    my ($text) = !$code && -f _ && $st[7] <= $LONG ? content("$dir/$_", $LONG) : ();
    $rows .= defined $text && $fast ? "\t" . Digest::MD5::md5_hex($text) : "\t$st[9]" unless -d _;
    $rows .= "\n";
    ($at, $newest) = ($st[10], $_) if $st[10] > $at;
  }
  return unless $count;
  unseen("file", "$dir/", "told as a whole");
  my $digest = $fast ? substr Digest::MD5::md5_hex($rows), 0, 12 : unpack("%32C*", $rows) . "." . length $rows;
  my @value = ("$count files", $digest, "newest " . shown($newest));
  $seen{"all of $dir"} = { rank => $rank, number => $at, kind => "all", value => \@value };
}

# A folder whose content comes and goes: who owns it and what lies in it, not what that is.
sub owners {
  my ($dir, $deep) = @_;
  my $fact = see($dir, $PLATFORM, loose => 1) or return;
  return owners($fact->{to}, $deep) if defined $fact->{to} && $deep;
  return if $fact->{kind} ne "dir";
  my (%combination, $n);
  for (names($dir)) {
    last if ++$n > 2000;
    my @st = lstat "$dir/$_" or next;
    if (-d _) { $deep ? owners("$dir/$_", $deep - 1) : see("$dir/$_", $PLATFORM, loose => 1) if $n < 60 }
    else { $combination{join " ", owner(@st[4, 5]), sprintf("%04o", $st[2] & 07777), kind($st[2])} = 1 }
  }
  return unless %combination;
  my $value = join ", ", sort keys %combination;
  $seen{"all of $dir"} = { rank => $PLATFORM, number => "", kind => "all", value => [$value] };
}

sub with_lines { my ($rank, @paths) = @_; see($_, $rank, lines => 1) for @paths }
sub walk_with_lines { my ($rank, $fold, @dirs) = @_; walk($_, $rank, lines => 1, fold => $fold) for @dirs }
sub without_name { $_[0] =~ s{/[^/]*$}{}r }

sub platform {
  with_lines($PLATFORM, $config, $env, "$home/.env");
  walk_with_lines($PLATFORM, 60, "/etc/debvisor");
  for my $ending (qw(yaml yml toml json ini conf)) {
    with_lines($PLATFORM, map { "/etc/debvisor/$_.$ending" } qw(config debvisor settings));
  }
  walk(without_name($config), $PLATFORM, lines => 1, fold => 40, depth => 1) if $config =~ m{^/etc/[^/]+/};
}

# Their files, and what these name.
sub units {
  my %unit_file;
  while (<STDIN>) {
    chomp;
    if (/^(?:FragmentPath|DropInPaths)=(.*)/) { $unit_file{$_} = 1 for split " ", $1 }
    elsif (/^EnvironmentFiles=(\S+)/) { with_lines($PLATFORM, $1) unless $1 =~ /[*?\[]/ }
    elsif (/^ExecStart=\{ path=(\S+) ; argv\[\]=(.*?) ; /) {
      see($_, $PLATFORM, code => 1) for $1, grep { m{^/[^*]+$} } split " ", $2;
    }
    elsif (/^WorkingDirectory=!?(\/\S*)/) { see($1, $PLATFORM) if $1 ne "/" }
    elsif (/^Unseen=(.*)/) { unseen("file", "/usr/lib/systemd/", $1) }
  }
  with_lines($UNITS, sort keys %unit_file);
  walk_with_lines($UNITS, 80, "/etc/systemd/system");
  walk_with_lines($UNITS, 80, map { "/run/systemd/$_" } qw(system system.control system.attached));
  my @parts = qw(system journald resolved timesyncd logind networkd user);
  walk_with_lines($UNITS, 20, map { "/etc/systemd/$_.conf.d" } @parts);
  with_lines($SYSTEM, map { "/etc/systemd/$_.conf" } @parts, "oomd");
  walk_with_lines($SYSTEM, 40, "/etc/systemd/network");
}

my $NAMES_FILE = qr/include|ssl_\w*certificate\w*|ssl_dhparam|auth_basic_user_file|root|alias/;

# With what it names elsewhere.
sub nginx {
  my $dir = without_name($nginx_file);
  walk_with_lines($NGINX, 150, $dir);
  with_lines($NGINX, $nginx_file);
  for my $site (qw(debvisor default)) {
    with_lines($NGINX, map { "$dir/$_" } "conf.d/$site.conf", "sites-enabled/$site", "sites-available/$site",
      "sites-enabled/$site.conf");
  }
  for my $round (1 .. 4) {
    my @named;
    for my $path (grep { $seen{$_}{rank} == $NGINX && $seen{$_}{text} && !$seen{$_}{asked}++ } sort keys %seen) {
      for (map { $_->[1] } @{$seen{$path}{text}}) {
        push @named, [$1, $2] while /\b($NAMES_FILE)\s+["\x27]?([^\s;"\x27\$]+)["\x27]?\s*;/g;
      }
    }
    named_by_nginx($dir, @$_) for @named;
  }
  my @stock = qw(mime.types koi-utf koi-win win-utf fastcgi.conf fastcgi_params scgi_params uwsgi_params);
  $_->{rank} = $STOCK for map { $seen{"$dir/$_"} // () } @stock;
}

sub named_by_nginx {
  my ($dir, $what, $path) = @_;
  $path = "$dir/$path" unless $path =~ m{^/};
  return if $path =~ m{/\.\.?(?:/|$)};
  if ($what eq "include") {
    my @included = grep { lstat } paths_like($path);
    with_lines($NGINX, @included > 200 ? @included[0 .. 199] : @included);
  } elsif ($what =~ /^(?:root|alias)$/) {
    see($path, $NGINX, loose => 1);
    see("$path/index.html", $NGINX);
  } else { see($path, $NGINX) }
}

sub databases {
  walk_with_lines($DATABASE, 60, map { "/etc/$_" } qw(postgresql pgbouncer redis));
  with_lines($DATABASE, "/etc/pgbouncer/pgbouncer.ini", "/etc/pgbouncer/userlist.txt", "/etc/redis/redis.conf");
  for my $cluster (grep { -e } map { "/etc/postgresql/$_/main" } 11 .. 20) {
    with_lines($DATABASE, $cluster, map { "$cluster/$_" } qw(postgresql.conf pg_hba.conf pg_ident.conf start.conf
      environment pg_ctl.conf conf.d));
  }
  walk("/etc/postgresql-common", $STOCK, fold => 30);
}

sub system_wide {
  with_lines($SYSTEM, map { "/etc/$_" } qw(environment hosts hosts.allow hosts.deny hostname resolv.conf nsswitch.conf
    gai.conf host.conf fstab nftables.conf sysctl.conf ld.so.conf ld.so.preload crontab anacrontab logrotate.conf
    localtime timezone profile login.defs modules crypttab cron.allow cron.deny ssl/openssl.cnf apt/sources.list
    selinux/config chrony/chrony.conf));
  walk_with_lines($SYSTEM, 40, map { "/etc/$_" } qw(default sysconfig security sysctl.d modprobe.d modules-load.d
    nftables.d cron.d tmpfiles.d ld.so.conf.d apt/sources.list.d apt/preferences.d netplan network iptables ufw
    udev/rules.d environment.d));
  walk_with_lines($STOCK, 40, map { "/etc/$_" } qw(logrotate.d pam.d apt/apt.conf.d));
  walk("/etc/cron.$_", $STOCK, fold => 40) for qw(hourly daily weekly monthly);
  walk("/etc/apparmor.d", $STOCK, fold => 25, depth => 1, skip => qr/^(?:cache|abi)$/);
  walk("/var/spool/cron", $SYSTEM, fold => 60);
  for my $user (qw(root debvisor postgres www-data nginx)) {
    see("/var/spool/cron/$_", $SYSTEM) for "crontabs/$user", $user;
  }
  for (grep { /apparmor/ && /$OURS/ } keys %seen) { $seen{$_}{rank} = $SYSTEM if $seen{$_}{rank} == $STOCK }
}

my $NOT_OF_PROGRAM = qr/^__pycache__$|\.(?:pyc|log|pid|tmp)(?:\.\d+)?$|^\.git$|^\.cache$/;
my $CONFIGURATION = qr/\.(?:ya?ml|toml|ini|cfg|conf|env)$/;

sub program {
  my @asked = qw(config.yaml config.yml config.json app.py main.py server.py wsgi.py asgi.py manage.py app.js server.js
    index.js main.js package.json package-lock.json requirements.txt pyproject.toml Procfile VERSION index.html
    static/index.html templates/index.html public/index.html dist/index.html .git/HEAD bin/debvisor venv/pyvenv.cfg);
  see("$home/$_", $HOME, lines => !/\./ || /\.(?:toml|ya?ml)$/, code => 1) for @asked;
  walk($home, $HOME, code => 1, fold => 40, depth => 4, skip => $NOT_OF_PROGRAM);
  fold($_, $HOME, 1, names($_)) for paths_like("$home/*/lib/python3*/site-packages");
  for my $path (grep { m{^\Q$home\E/(?:[^/]+/)?[^/]+$} && /$CONFIGURATION/ } sort keys %seen) {
    my $fact = $seen{$path};
    next if $fact->{rank} != $HOME || $fact->{kind} ne "file" || $fact->{text};
    my ($text) = content($path, $LONG);
    take_lines($fact, $path, $text) if defined $text;
  }
}

# Those on the way to all that was seen, and to where programs write.
sub folders_above {
  my @also = map { "/$_/x" } qw(tmp run var/tmp var/lib var/log var/log/nginx var/log/postgresql var/lib/nginx
    var/lib/postgresql var/run/postgresql run/postgresql usr/bin usr/sbin usr/lib dev/shm dev/null);
  for my $path (grep { m{^/} } keys %seen, @also) {
    for (my $at = without_name($path); $at ne ""; $at = without_name($at)) {
      last if $seen{$at};
      see($at, $SYSTEM, loose => 1);
    }
  }
  see("/", $SYSTEM, loose => 1);
}

# Without Digest::MD5, which perl-base has not: one md5sum for all.
sub late_digests {
  my @paths = grep { !/\n|\\/ } sort keys %to_digest or return;
  my $pid = open my $sums, "-|", "md5sum", "-z", "--", @paths or return;
  local $/ = "\0";
  while (<$sums>) {
    chomp;
    my ($sum, $path) = /^([0-9a-f]{32}) [ *](.*)$/s or next;
    $seen{$path}{value}[$seen{$path}{digest}] = substr $sum, 0, $to_digest{$path} if $seen{$path}{value};
  }
}

platform();
units();
nginx();
databases();
system_wide();
program();
owners($_, 1) for $data, without_name($error_log);
see($error_log, $PLATFORM, loose => 1);
folders_above();
late_digests();

my @order = sort { $seen{$a}{rank} <=> $seen{$b}{rank} || $a cmp $b } keys %seen;
print join("\t", "file", shown($_), $seen{$_}{number}, join " ", @{$seen{$_}{value}}), "\n" for @order;
for my $path (@order) {
  print join("\t", "line", shown($path), @$_), "\n" for @{$seen{$path}{text} // []};
}
print "$_\n" for @unseen;
print "end\n";

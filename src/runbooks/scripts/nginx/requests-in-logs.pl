#!/usr/bin/perl
# Part of recent-requests.pl, which says what it answers, and with a second argument, `served`, of served-answers.pl: then
# it prints the paths that users were served lately instead. Standard input: what access-logs.pl printed.

# Numbers of errno(3): the module Errno takes 3 ms of CPU to load.
my $EACCES = 13;
my ($own, $wants) = @ARGV;
my ($kept, $window) = ($wants ? 64 * 1024 : 512 * 1024, 900);
my %meant = (t => "\t", r => "\r", n => "\n");
my %logs;
while (<STDIN>) {
  chomp;
  next unless /\t/;
  my ($path, @about) = split /\t/, $_, 7;
  $about[-1] =~ s{\\(.)}{$meant{$1} // $1}ge;
  @{$logs{$path}}{qw(foreign at port tls host format)} = @about;
}
sub refuse { print STDERR "this login may not read $_[0]\n"; exit 77 }

# The format of a log as a pattern, and the names of what it catches. What strangers write in a line must not cost more than one try: what stands
# in quotes ends at the next one, and what has a form of its own has no spaces.
my %form = (
  (map { $_ => '(\S*?)' } qw(remote_addr time_iso8601 msec request_method request_uri)), time_local => '([^]]*?)',
  (map { $_ => '(\d*+|-)' } qw(status body_bytes_sent bytes_sent request_length)), request_time => '([\d.]*+|-)',
);
sub pattern {
  my @parts = split /(\$\{\w+\}|\$\w+)/, $_[0];
  my (@names, $pattern);
  for my $i (0 .. $#parts) {
    if ($parts[$i] !~ /^\$\{?(\w+)\}?$/) { $pattern .= quotemeta $parts[$i]; next }
    push @names, $1;
    my $is_quoted = $parts[$i - 1] =~ /"$/ && ($parts[$i + 1] // "") =~ /^"/;
    $pattern .= $is_quoted ? '((?:[^"\\\\]|\\\\.)*+)' : $form{$1} // "(.*?)";
  }
  return (qr/^$pattern$/, \@names);
}
my %month;
@month{qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec)} = 1 .. 12;
sub seconds {
  my ($f) = @_;
  return $f->{msec} if defined $f->{msec};
  my ($y, $m, $d, $H, $M, $S, $sign, $oh, $om);
  if (($f->{time_local} // "") =~ m{^(\d+)/(\w{3})/(\d+):(\d+):(\d+):(\d+) ([+-])(\d\d)(\d\d)$}) {
    ($d, $m, $y, $H, $M, $S, $sign, $oh, $om) = ($1, $month{$2}, $3, $4, $5, $6, $7, $8, $9);
  } elsif (($f->{time_iso8601} // "") =~ /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)([+-])(\d\d):(\d\d)$/) {
    ($y, $m, $d, $H, $M, $S, $sign, $oh, $om) = ($1, $2, $3, $4, $5, $6, $7, $8, $9);
  }
  return unless $m;
  # Days since 1970 of the Gregorian calendar, years beginning in March.
  my ($Y, $mm) = $m < 3 ? ($y - 1, $m + 9) : ($y, $m - 3);
  my $days = 365 * $Y + int($Y / 4) - int($Y / 100) + int($Y / 400) + int((153 * $mm + 2) / 5) + $d - 719469;
  return $days * 86400 + $H * 3600 + $M * 60 + $S - ($sign eq "-" ? -1 : 1) * ($oh * 3600 + $om * 60);
}
sub lines {
  my ($log) = @_;
  my $text = "";
  for my $file ("$log.1", $log) {
    # A pipe, as /dev/stdout is one, would never end.
    next if -e $file && !-f _;
    open my $in, "<", $file or do { refuse($file) if $! == $EACCES && $file eq $log; next };
    next if $file ne $log && time - (stat $in)[9] > $window;
    if (-s $in > $kept) { seek $in, -$kept, 2; readline $in }
    read $in, my ($part), $kept;
    $text .= $part;
  }
  return split /\n/, $text;
}
# A word of 20 characters and more with digits may be a key that lets somebody in, as after /reset/ or /invite/.
sub without_keys { $_[0] =~ s{(?<=/)(?=[^/]*\d)(?=[^/]*[a-z])(?![^/]*\.(?:js|css|map|png|svg|ico)(?:/|$))[\w.~=-]{20,}(?=/|$)}{*}gir }
sub normal {
  my $path = without_keys($_[0]);
  $path =~ s{(?<=/)(?:\d+|[0-9a-f]{8,}(?:-[0-9a-f]{4,})*)(?=/|$)}{*}gi;
  return substr $path =~ s/[^ -~]/?/gr, 0, 120;
}

# Whose page it is, by its length: nginx's own have 115 bytes, twice their title, and "nginx" with its version and (Debian) or (Ubuntu) or without.
my %title = (
  400 => "Bad Request", 401 => "Authorization Required", 403 => "Forbidden", 404 => "Not Found", 405 => "Not Allowed", 413 => "Request Entity Too Large",
  414 => "Request-URI Too Large", 429 => "Too Many Requests", 500 => "Internal Server Error", 502 => "Bad Gateway",
  503 => "Service Temporarily Unavailable", 504 => "Gateway Time-out",
);
# Chrome and Edge get a comment of 402 bytes more (msie_padding, on by default).
my @footers = map { my $length = length; ($length, $length + 402) } qw(nginx nginx/1.2.3 nginx/1.22.1), "nginx/1.22.1 (Debian)";
sub page {
  my ($status, $bytes) = @_;
  my $length = 115 + 2 * length "$status " . ($title{$status} // return "other");
  return "nginx" if grep { $bytes == $length + $_ } @footers;
  # "400 Request Header Or Cookie Too Large" is told in its title and in a line of its own.
  return "too large" if $status == 400 && grep { $bytes == 221 + $_ } @footers;
  return "other";
}

my $now = time;
my (%all, %visitors, $is_https);
# Of a host with a log for each of a hundred sites, those that are written to: each takes 10 MB here.
my %written = map { $_ => (stat)[9] // 0 } keys %logs;
my @newest = sort { $written{$b} <=> $written{$a} or $a cmp $b } keys %logs;
for my $log (sort @newest[0 .. ($#newest > 7 ? 7 : $#newest)]) {
  my ($pattern, $names) = pattern($logs{$log}{format});
  my ($lines, $understood) = (0, 0);
  for (lines($log)) {
    $lines++;
    # nginx takes 8 KB of a request line, and logs all of one that is too long (414).
    next if length > 20_000;
    my @cells = /$pattern/ or next;
    $understood++;
    my %f;
    @f{@$names} = @cells;
    # The looks of this bot are no visits.
    next if ($f{http_user_agent} // "") =~ /(?:^| )debvisor-diagnose$/;
    my ($method, $uri) = ($f{request} // join " ", map { $f{$_} // "" } qw(request_method request_uri)) =~ m{^([A-Z]{3,10}) (/\S*)} or next;
    my $status = $f{status} // "";
    my $at = seconds(\%f);
    # Of a time to come: the clock was put back since.
    next unless $status =~ /^[1-5]\d\d$/ && defined $at && $at <= time + 5;
    my ($path, $query) = split /\?/, $uri, 2;
    my $group = $all{join "\t", $method, normal($path), $log} //= { log => $log, method => $method, raw => [] };
    my $visit = {
      age => $now - $at, status => $status, path => $path, query => $query // "", from => $f{remote_addr} // "",
      referred => ($f{http_referer} // "-") =~ m{^https?://} ? 1 : 0, bytes => $f{body_bytes_sent} // $f{bytes_sent} // -1,
      ms => ($f{request_time} // "") =~ /^[\d.]+$/ ? 1000 * $f{request_time} : undef, log => $log,
    };
    push @{$group->{raw}}, $visit;
    @$visit{qw(agent referrer)} = map { $_ // "-" } @f{qw(http_user_agent http_referer)} if $wants && $visit->{age} <= $window;
    push @{$visitors{join "\t", $log, $visit->{from}, $f{http_user_agent} // ""}}, { %$visit, method => $method } if $wants && $visit->{age} <= $window;
    $is_https = 1 if ($f{http_referer} // "") =~ m{^https://};
  }
  # A log that is compressed, or older than its format: nothing that it says may count as nothing.
  if ($lines >= 20 && !$understood) { print STDERR "no line of $log fits the log_format that nginx's configuration gives it\n"; exit 65 }
}

# What may be asked again without harm: a GET that was answered, without a number, a key or the name of an action in its path,
# and without a query but one that only says what is to be read. Nor what is long, or takes its time.
my $acts = join "|", qw(log-?(?:out|off|in) sign-?(?:out|in) de(?:lete|stroy|activate) remove clear purge reset set add create update touch run
  exec (?:re)?start stop kill trigger send ack\w* confirm verify unsubscribe toggle enable disable apply deploy sync refresh rotate test import
  exports? downloads? backups? events? streams? sse watch tail callback auth token session);
my $others = qr{[^\w/.~-]|^/socket\.io/?$|\.(?!html?$|m?js$|css$|json$)[a-z0-9]{2,5}$}i;
my $reads = qr{(?:host|node|name|page|per_?page|limit|offset|size|count|range|from|to|since|until|start|end|interval|step|period|hours|days|sort|order|view|status|state|level|severity|type)};
my $reading = qr{^(?:$reads=(?![A-Za-z0-9._:-]{33})[A-Za-z0-9._:-]*(?:&(?!$)|$))*$}i;
sub is_harmless { my ($path) = @_; return normal($path) eq $path && $path !~ m{[/_.-](?:$acts)(?:[/._-]|$)}i && $path !~ $others }
if ($wants) {
  my %often;
  for (grep { $_->{age} <= $window && $_->{query} =~ $reading && $_->{status} < 500 } map { @{$_->{raw}} } grep { $_->{method} eq "GET" } values %all) {
    my $path = $_->{path};
    next unless is_harmless($path);
    my $one = $often{$path} //= { path => $path, log => $_->{log}, query => $_->{query}, well => 0, other => 0 };
    $one->{query} = $_->{query} if $_->{query} eq "" || $one->{query} ne "" && $_->{status} == 200;
    $one->{$_->{status} == 200 && $_->{bytes} <= 256 * 1024 && ($_->{ms} // 0) < 1000 ? "well" : "other"}++;
  }
  my @best = sort { $b->{well} <=> $a->{well} or $a->{path} cmp $b->{path} } grep { $_->{well} > $_->{other} } values %often;
  # Pages are asked for less often than the figures in them.
  my @pages = first_of(2, grep { $_->{path} =~ m{/$|\.html?$} } @best);
  my %is_page = map { $_->{path} => 1 } @pages;
  for (@pages, first_of(6 - @pages, grep { !$is_page{$_->{path}} } @best)) {
    print join("\t", $_->{path}, @{$logs{$_->{log}}}{qw(at port tls host)}, $is_https ? "https" : "-", $_->{query} eq "" ? "" : "?$_->{query}"), "\n";
  }
  say_lost_logins($is_https ? "https" : "-");
  say_lost_files($is_https ? "https" : "-");
  say_turns($is_https ? "https" : "-");
  say_refused_browsers($is_https ? "https" : "-");
  exit;
}
sub first_of { my ($count, @all) = @_; return @all > $count ? @all[0 .. $count - 1] : @all }

# Scripts and styles that somebody did not get and nobody did since: strangers ask for many that no server has, and whether DebVisor has them is asked.
sub say_lost_files {
  my ($users_come_by) = @_;
  my %lost;
  for (sort { $b->{age} <=> $a->{age} } grep { $_->{age} <= $window && $_->{path} =~ m{^/[\w/.~\@-]+\.(?:m?js|css)$} } map { @{$_->{raw}} } grep { $_->{method} eq "GET" } values %all) {
    if ($_->{status} < 400) { delete $lost{$_->{path}}; next }
    next unless $_->{status} =~ /^4(?:03|04|10)$/ && without_keys($_->{path}) eq $_->{path};
    my $one = $lost{$_->{path}} //= { path => $_->{path}, log => $_->{log}, times => 0, referred => 0 };
    $one->{times}++;
    $one->{referred} += $_->{referred};
  }
  for (first_of(3, sort { $b->{referred} <=> $a->{referred} or $b->{times} <=> $a->{times} or $a->{path} cmp $b->{path} } values %lost)) {
    print join("\t", $_->{path}, @{$logs{$_->{log}}}{qw(at port tls host)}, $users_come_by, "", "file"), "\n";
  }
}
# A browser of these years, as people use it.
sub is_browser {
  my ($agent) = @_;
  return 0 if $agent !~ m{^Mozilla/5\.0 \([^)]*(?:Windows|X11|Macintosh|Linux|Android|iPhone|iPad|CrOS)} || length $agent > 250 || $agent =~ /[^ -~]|\\|bot|crawl|spider|headless|scan|http|preview|[\@+]/i;
  return $1 >= 80 if $agent =~ m{ (?:Chrome|CriOS|Edg|Firefox|FxiOS)/(\d+)};
  return $agent =~ m{ Version/(\d+).* Safari/} && $1 >= 13;
}
# The page of this site that a request came from, without its query; nothing of other sites.
sub own_referrer {
  my ($visit, $served) = @_;
  my ($from, $name, $path) = $visit->{referrer} =~ m{^(https?://([\w.-]+)(?::\d+)?(/[\w/.~-]*))} or return;
  my $host = $logs{$visit->{log}}{host};
  return if without_keys($path) ne $path || length $from > 200;
  return $name eq $host || $host eq "localhost" && $served->{$path} ? $from : undef;
}
# Whom a header may be to blame for: what a browser was refused each time, of late too, with the header that it sent: path, the way there as of the
# others, status, how often, name and value of the header. Whether others are served is asked.
sub say_refused_browsers {
  my ($users_come_by) = @_;
  my @visits = grep { $_->{age} <= $window } map { @{$_->{raw}} } grep { $_->{method} eq "GET" } values %all;
  my %served = map { $_->{path} => 1 } grep { $_->{status} < 400 } @visits;
  my (%refused, %is_served);
  for my $visit (grep { is_browser($_->{agent}) } @visits) {
    my $from = own_referrer($visit, \%served);
    for (["User-Agent", $visit->{agent}], defined $from ? ["Referer", $from] : ()) {
      my $key = join "\t", $visit->{path}, @$_;
      if ($visit->{status} !~ /^(?:40[034-79]|410|421|426|444|451|500)$/) { $is_served{$key} = 1 unless $visit->{status} =~ /^(?:429|499|50.)$/; next }
      next unless $visit->{query} =~ $reading && ($visit->{path} eq "/" || is_harmless($visit->{path}));
      my $one = $refused{$key} //= { %$visit, times => 0, name => $_->[0], value => $_->[1] };
      $one->{times}++;
      @$one{qw(age status query)} = @$visit{qw(age status query)} if $visit->{age} <= $one->{age};
    }
  }
  my @all = sort { $b->{times} <=> $a->{times} or length $a->{path} <=> length $b->{path} or $a->{value} cmp $b->{value} }
    map { $refused{$_} } grep { !$is_served{$_} && $refused{$_}{times} >= 3 && $refused{$_}{age} <= 300 } keys %refused;
  for my $name (qw(User-Agent Referer)) {
    for (first_of(2, grep { $_->{name} eq $name } @all)) {
      print join("\t", $_->{path}, @{$logs{$_->{log}}}{qw(at port tls host)}, $users_come_by, $_->{query} eq "" ? "" : "?$_->{query}", "refused", @$_{qw(status times name value)}), "\n";
    }
  }
}
# The path that one client got and was refused most often in turn, within two minutes: how often it changed, how often it was given and refused.
sub say_turns {
  my ($users_come_by) = @_;
  my $most;
  for my $key (keys %visitors) {
    my %paths;
    for (grep { $_->{age} <= 120 && $_->{method} eq "GET" && $_->{status} =~ /^(?:200|30[237]|401)$/ && !is_login($_->{path}) } @{$visitors{$key}}) {
      my $one = $paths{$_->{path}} //= { path => $_->{path}, log => $_->{log}, turns => 0, given => 0, refused => 0 };
      my $how = $_->{status} eq "200" ? "given" : "refused";
      $one->{turns}++ if defined $one->{last} && $one->{last} ne $how;
      $one->{last} = $how;
      $one->{$how}++;
    }
    for (grep { $_->{turns} >= 4 && normal($_->{path}) eq $_->{path} } values %paths) { $most = $_ if !$most || $_->{turns} > $most->{turns} }
  }
  print join("\t", $most->{path}, @{$logs{$most->{log}}}{qw(at port tls host)}, $users_come_by, "", "turns", @$most{qw(turns given refused)}), "\n" if $most;
}
# Of the login that most often did not last: its path, the way there as of the others, the path that was refused after it, how often that was, and how
# many lasted since the first of them.
sub say_lost_logins {
  my ($users_come_by) = @_;
  my %logins;
  for my $key (keys %visitors) {
    my @visits = @{$visitors{$key}};
    my @starts = grep { $visits[$_]{method} eq "POST" && is_login($visits[$_]{path}) && $visits[$_]{status} =~ /^(?:204|30[23])$/ } 0 .. $#visits;
    for my $i (0 .. $#starts) {
      my $login = $visits[$starts[$i]];
      my $end = ($starts[$i + 1] // @visits) - 1;
      my $how = after_login($login, grep { $login->{age} - $_->{age} <= 20 } @visits[$starts[$i] + 1 .. $end]) or next;
      push @{$logins{$login->{path}}}, { %$how, age => $login->{age}, log => $login->{log} };
    }
  }
  my ($path) = sort { lost($logins{$b}) <=> lost($logins{$a}) or $a cmp $b } grep { lost($logins{$_}) } keys %logins;
  return unless defined $path;
  my @all = sort { $b->{age} <=> $a->{age} } @{$logins{$path}};
  shift @all while !defined $all[0]{refused};
  my ($newest) = grep { defined $_->{refused} } reverse @all;
  print join("\t", $path, @{$logs{$newest->{log}}}{qw(at port tls host)}, $users_come_by, "", "login", $newest->{refused}, lost(\@all), @all - lost(\@all)), "\n";
}
sub lost { scalar grep { defined $_->{refused} } @{$_[0]} }
sub is_login { $_[0] =~ m{(?:^|[/_.-])(?:log-?in|log-?on|sign-?in|authenticate|sessions?)(?:[/._-]|$)}i && length $_[0] < 120 }
# Whoever is shown something is in, and whoever is sent back to the login at once had the wrong password.
sub after_login {
  my ($login, @visits) = @_;
  @visits = grep { $_->{path} !~ m{^/socket\.io/|^/health|\.[a-z0-9]{2,5}$}i && $_->{method} eq "GET" } @visits or return;
  return if is_login($visits[0]{path});
  return {} if grep { $_->{status} =~ /^2/ && !is_login($_->{path}) } @visits;
  my ($refused) = grep { $_->{status} =~ /^(?:30[237]|401)$/ && !is_login($_->{path}) } reverse @visits;
  return if !$refused || normal($refused->{path}) ne $refused->{path};
  # The start page sends on whoever is in, too.
  return if $refused->{path} eq "/" && !grep { is_login($_->{path}) } @visits;
  return { refused => $refused->{path} };
}

# 501 and 505: the client speaks a transfer coding or a version of HTTP that nginx does not.
my %classes = ("5xx" => sub { $_[0] >= 500 && $_[0] != 501 && $_[0] != 505 }, "4xx" => sub { $_[0] >= 400 && $_[0] < 499 && $_[0] != 401 }, "401" => sub { $_[0] == 401 }, "499" => sub { $_[0] == 499 });
my (@rows, $newest_served);
for my $key (sort keys %all) {
  my $group = $all{$key};
  my @raw = sort { $b->{age} <=> $a->{age} } @{$group->{raw}};
  for my $class (sort keys %classes) {
    my @at = grep { $raw[$_]{age} <= $window && $classes{$class}->($raw[$_]{status}) } 0 .. $#raw or next;
    my @bad = @raw[@at];
    my ($first, $last) = map { $_->{age} } @bad[0, -1];
    # By their order in the log: many of them have the same second.
    my $good = sub { grep { $_->{status} < 400 } @raw[$_[0] .. $_[1]] };
    my %from = map { $_->{from} => 1 } @bad;
    # Strangers are refused for ever: only who was let in before has lost something.
    my @before = grep { $bad[-1]{status} !~ /^40[13]$/ || $from{$_->{from}} } $good->(0, $at[0]);
    push @rows, {
      key => $key, group => $group, class => $class, status => $bad[-1]{status}, page => page(@{$bad[-1]}{qw(status bytes)}), bad => scalar @bad, first => $first,
      last => $last, before => scalar @before,
      between => scalar(() = $good->(@at[0, -1])), since => scalar(() = $good->($at[-1], $#raw)),
      clients => scalar keys %from, referred => scalar(grep { $_->{referred} } @bad),
      socketio => scalar(grep { $_->{query} =~ /(?:^|&)EIO=\d/ } @bad), example => $bad[-1]{path}, query => $bad[-1]{query},
      again => "-", own => -1,
    };
  }
  my @served = grep { $_->{age} <= $window && $_->{status} < 400 && $_->{status} != 101 && $_->{query} !~ /(?:^|&)EIO=\d/ } @raw;
  # What a user waits for; a stream or a socket stays open as it should.
  my $ms = median(grep { defined } map { $_->{ms} } @served);
  push @rows, measured($key, $group, "slow", int $ms, @served) if defined $ms && $ms >= 1000;
  my $megabytes = median(map { $_->{bytes} / 1e6 } grep { $_->{status} == 200 } @served);
  push @rows, measured($key, $group, "huge", int $megabytes, @served) if defined $megabytes && $megabytes >= 5;
  if (@served && (!$newest_served || $served[-1]{age} < $newest_served->{last})) { $newest_served = measured($key, $group, "served", $served[-1]{status}, @served) }
}
sub median { my @all = sort { $a <=> $b } @_; return @all ? $all[$#all / 2] : undef }
sub measured {
  my ($key, $group, $class, $figure, @raw) = @_;
  return {
    key => $key, group => $group, class => $class, status => $figure, page => "other", bad => scalar @raw,
    first => $raw[0]{age}, last => $raw[-1]{age}, before => 0, between => 0, since => 0, clients => 0, referred => 0, socketio => 0,
    example => $raw[-1]{path}, query => "?", again => "-", own => -1,
  };
}
# What strangers try comes last, however often: there is no end of it.
my $is_tried = sub { $_[0]{class} =~ /^4(?:xx|01)$/ && !$_[0]{before} && !$_[0]{socketio} };
@rows = (sort { $is_tried->($a) <=> $is_tried->($b) or $b->{bad} <=> $a->{bad} or $a->{key} cmp $b->{key} } @rows)[0 .. ($#rows > 39 ? 39 : $#rows)];
push @rows, $newest_served if $newest_served;

# Those that fail without a query are asked again. Not what is forbidden or was never served: this host, and DebVisor's own port, may answer
# what a stranger wants to be asked for. Nor what has a key in it, which may be good for one time alone.
require "../shared/sockets.pl";
require "../shared/http-client.pl";
my $own_tls = ($ARGV[2] // "") eq "true";
my $own_address = $ARGV[3] || "127.0.0.1";
# A socket file may be closed to this login.
my $is_open = $own_address ne "unknown" && ($own_address !~ m{^unix:(/.*)} || -w $1);
sub ask {
  my ($at, $port, $tls, $host, $path) = @_;
  # Without openssl nobody is asked.
  return "-" if $tls && !can_speak_tls();
  my $answer = ask_http({ at => $at, port => $port, tls => $tls ? "true" : "false", host => $host }, $path, connect => 2, within => 3);
  # Whoever is sent on to TLS, by nginx or by DebVisor, has not been answered.
  return "-" if !$tls && $answer->{status} =~ /^30[1278]$/ && $answer->{head} =~ m{^location: *https://}mi;
  return $answer->{status};
}
my ($began, $asked) = (time, 0);
for my $row (sort { $b->{class} cmp $a->{class} or $a->{last} <=> $b->{last} } @rows) {
  next unless $row->{group}{method} eq "GET" && $row->{query} eq "" && $row->{class} =~ /^[45]xx$/ && $row->{last} <= $window;
  next if $row->{class} eq "4xx" && $row->{example} ne "/" && ($row->{status} == 403 || !$row->{before});
  next if without_keys($row->{example}) ne $row->{example};
  my ($at, $port, $tls, $host) = @{$logs{$row->{group}{log}}}{qw(at port tls host)};
  next if $at eq "-";
  last if $asked++ == 3 || time - $began > 4;
  my @again = ask($at, $port, $tls eq "yes", $host, $row->{example});
  next if $again[0] eq "-";
  # One good answer may be luck; two more tell.
  push @again, ask($at, $port, $tls eq "yes", $host, $row->{example}) while $again[-1] && $again[-1] < 400 && @again < 3;
  my $direct = $is_open ? ask($own_address, $own, $own_tls, $host, $row->{example}) : -1;
  # DebVisor itself is there if it sends on.
  @$row{qw(again own)} = ("@again", $direct ne "-" ? $direct : $own_tls ? -1 : 301);
}
for (@rows) {
  my ($method, $path, $log) = split /\t/, $_->{key};
  print join("\t", $method, $path, $log, $logs{$log}{foreign}, @$_{qw(class status page bad)}, (map { int } @$_{qw(first last)}),
    @$_{qw(before between since clients referred socketio)}, substr(without_keys($_->{example}) =~ s/[^ -~]/?/gr, 0, 200), @$_{qw(again own)}), "\n";
}
print "=== end\n";
1;

#!/usr/bin/perl
# Part of recent-requests.pl and of served-answers.pl, which say what they answer: the requests in the access logs, for requests-failed.pl and
# paths-served.pl, one of which follows. Standard input: what access-logs.pl printed. Of the second argument, `served`, less is read and more is kept.

our ($own, $wants, $window, %logs, %all, %visitors, $is_https, $now);
# Numbers of errno(3): the module Errno takes 3 ms of CPU to load.
my $EACCES = 13;
($own, $wants) = @ARGV;
my $kept = $wants ? 64 * 1024 : 512 * 1024;
$window = 900;
my %meant = (t => "\t", r => "\r", n => "\n");
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

$now = time;
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
1;

#!/usr/bin/perl
# Part of recent-requests.pl, which says what it answers, after requests-in-logs.pl.

our ($own, $window, %logs, %all, $now);
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
  push @rows, grown($key, $group, @raw) if defined $megabytes && $megabytes >= 1;
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
# Of the same request, without a query, the newest three, and how small it was before that, in KB; an empty list is no measure.
sub grown {
  my ($key, $group, @raw) = @_;
  my @same = grep { $_->{status} == 200 && $_->{query} eq "" } @raw;
  my @newest = splice @same, @same > 3 ? -3 : 0;
  my ($least) = sort { $a <=> $b } map { $_->{bytes} } @newest;
  return if @newest < 3 || $least < 1e6;
  my ($before) = sort { $a <=> $b } grep { $_ >= 1000 } map { $_->{bytes} } @same;
  return { %{measured($key, $group, "large", int $least / 1e6, @newest)}, before => int(($before // 0) / 1000) };
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

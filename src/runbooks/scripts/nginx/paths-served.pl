#!/usr/bin/perl
# Part of served-answers.pl, which says what it answers, after requests-in-logs.pl: the paths that users were served lately, and what else of their
# requests answers-compared.pl asks again.

our ($window, %logs, %all, %visitors, $is_https);
# What may be asked again without harm: a GET that was answered, without a number, a key or the name of an action in its path,
# and without a query but one that only says what is to be read. Nor what is long, or takes its time.
my $acts = join "|", qw(log-?(?:out|off|in) sign-?(?:out|in) de(?:lete|stroy|activate) remove clear purge reset set add create update touch run
  exec (?:re)?start stop kill trigger send ack\w* confirm verify unsubscribe toggle enable disable apply deploy sync refresh rotate test import
  exports? downloads? backups? events? streams? sse watch tail callback auth token session);
my $others = qr{[^\w/.~-]|^/socket\.io/?$|\.(?!html?$|m?js$|css$|json$)[a-z0-9]{2,5}$}i;
my $reads = qr{(?:host|node|name|page|per_?page|limit|offset|size|count|range|from|to|since|until|start|end|interval|step|period|hours|days|sort|order|view|status|state|level|severity|type)};
my $reading = qr{^(?:$reads=(?![A-Za-z0-9._:-]{33})[A-Za-z0-9._:-]*(?:&(?!$)|$))*$}i;
sub is_harmless { my ($path) = @_; return normal($path) eq $path && $path !~ m{[/_.-](?:$acts)(?:[/._-]|$)}i && $path !~ $others }
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
# Paths that are asked with several queries, two of which follow, and the one that opens sessions of Socket.IO's polling: what a cache may confuse.
sub say_variants {
  my ($users_come_by) = @_;
  my (%variants, $polling);
  for (sort { $a->{age} <=> $b->{age} } grep { $_->{age} <= $window && $_->{status} == 200 } map { @{$_->{raw}} } grep { $_->{method} eq "GET" } values %all) {
    $polling //= $_ if $_->{query} =~ /^EIO=\d&transport=polling(?:&t=[\w.-]*)?$/ && normal($_->{path}) eq $_->{path};
    next unless $_->{query} ne "" && $_->{query} =~ $reading && is_harmless($_->{path}) && $_->{bytes} <= 256 * 1024;
    my $one = $variants{$_->{path}} //= { %$_, times => 0, queries => [] };
    $one->{times}++;
    my $query = $_->{query};
    push @{$one->{queries}}, $query if @{$one->{queries}} < 2 && !grep { $_ eq $query } @{$one->{queries}};
  }
  my $way = sub { my ($visit) = @_; return ($visit->{path}, @{$logs{$visit->{log}}}{qw(at port tls host)}, $users_come_by) };
  for (first_of(2, sort { $b->{times} <=> $a->{times} or $a->{path} cmp $b->{path} } grep { @{$_->{queries}} > 1 } values %variants)) {
    print join("\t", $way->($_), "", "queries", map { "?$_" } @{$_->{queries}}), "\n";
  }
  print join("\t", $way->($polling), "?" . $polling->{query} =~ s/&t=.*//r, "polling"), "\n" if $polling;
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
  my (%refused, %is_served, %times);
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
  my @never = map { $refused{$_} } grep { !$is_served{$_} && $refused{$_}{age} <= 300 } keys %refused;
  # Whoever is refused at the door asks for many paths, and for none of them often.
  $times{"$_->{name}\t$_->{value}"} += $_->{times} for @never;
  my @all = sort { $b->{times} <=> $a->{times} or length $a->{path} <=> length $b->{path} or $a->{value} cmp $b->{value} }
    grep { $times{"$_->{name}\t$_->{value}"} >= 3 } @never;
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

my %often;
for (grep { $_->{age} <= $window && $_->{query} =~ $reading } map { @{$_->{raw}} } grep { $_->{method} eq "GET" } values %all) {
  my $path = $_->{path};
  next unless is_harmless($path);
  my $one = $often{$path} //= { path => $path, log => $_->{log}, query => $_->{query}, well => 0, other => 0, bad => 0, let_in => 0 };
  $one->{query} = $_->{query} if $_->{query} eq "" || $one->{query} ne "" && $_->{status} == 200;
  $one->{$_->{status} =~ /^(?:40[05]|41[17]|421|50[015])$/ ? "bad" : "let_in"}++;
  next if $_->{status} >= 500;
  $one->{$_->{status} == 200 && $_->{bytes} <= 256 * 1024 && ($_->{ms} // 0) < 1000 ? "well" : "other"}++;
}
my @best = sort { $b->{well} <=> $a->{well} or $a->{path} cmp $b->{path} } grep { $_->{well} > $_->{other} } values %often;
# Pages are asked for less often than the figures in them.
my @pages = first_of(2, grep { $_->{path} =~ m{/$|\.html?$} } @best);
my %is_page = map { $_->{path} => 1 } @pages;
# What nobody gets any more is asked beside them.
my @never = first_of(1, sort { $b->{bad} <=> $a->{bad} or $a->{path} cmp $b->{path} } grep { !$_->{well} && $_->{bad} >= 3 && !$_->{let_in} } values %often);
for (@pages, first_of(6 - @pages - @never, grep { !$is_page{$_->{path}} } @best), @never) {
  print join("\t", $_->{path}, @{$logs{$_->{log}}}{qw(at port tls host)}, $is_https ? "https" : "-", $_->{query} eq "" ? "" : "?$_->{query}"), "\n";
}
say_lost_logins($is_https ? "https" : "-");
say_lost_files($is_https ? "https" : "-");
say_turns($is_https ? "https" : "-");
say_refused_browsers($is_https ? "https" : "-");
say_variants($is_https ? "https" : "-");
# What sends on is answered well, too; and where people sign in by a form: what nginx does to the headers of these is looked at.
my %asked = map { $_->{path} => 1 } @best;
my @visits = grep { $_->{age} <= $window && $_->{status} =~ /^30[1237]$/ } map { @{$_->{raw}} } values %all;
my %sent_on;
push @{$sent_on{$_->{path}}}, $_ for grep { !$asked{$_->{path}} && is_harmless($_->{path}) && $_->{path} !~ /\.\w+$/ } @visits;
my @signins = grep { is_login($_->{path}) && normal($_->{path}) eq $_->{path} && $_->{status} != 301 } map { @{$_->{raw}} } grep { $_->{method} eq "POST" } values %all;
for ((map { ["page", $sent_on{$_}[0]] } first_of(2, sort { @{$sent_on{$b}} <=> @{$sent_on{$a}} or $a cmp $b } keys %sent_on)), map { ["signin", $_] } first_of(1, grep { $_->{age} <= $window && $_->{status} =~ /^30[237]$/ } sort { $a->{age} <=> $b->{age} } @signins)) {
  my ($what, $visit) = @$_;
  print join("\t", $visit->{path}, @{$logs{$visit->{log}}}{qw(at port tls host)}, $is_https ? "https" : "-", "", $what), "\n";
}
1;

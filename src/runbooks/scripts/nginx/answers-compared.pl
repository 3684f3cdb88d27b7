#!/usr/bin/perl
# Part of served-answers.pl, which says what it answers. Standard input: what recent-requests.pl prints of paths that are
# served: path, an address, a port and whether it is TLS by which this host gets to nginx, the name to ask for, https
# where users come by it.

use strict;
use warnings;
require "../shared/sockets.pl";
require "../shared/kernel.pl";
require "./json-form.pl";
my ($own_port, $own_tls, $own_address, $touches) = @ARGV;
my %has = map { $_ => 1 } split /,/, $touches // "";
my %query;    # what users said to be read, by path
my ($most, $now) = (256 * 1024, time);

sub shown { my ($text, $length) = @_; $text =~ s/[^ -~]+/ /g; return substr $text, 0, $length // 80 }
sub first_of { my ($count, @all) = @_; return @all > $count ? @all[0 .. $count - 1] : @all }
sub say_row { print join("\t", map { shown($_, 300) } @_), "\n" }

# --- Asking

# A round: plain HTTP takes a connection for each path. Beginning TLS is what costs, so there a connection serves as many as the server lets it.
# One at a time: some servers never answer what came in together with the request before (gunicorn's threads).
sub ask_all {
  my ($way, $headers, @paths) = @_;
  my $until = elapsed() + 3;
  return map { (ask($way, $headers, $until, $_))[0] // {} } @paths unless $way->{tls};
  my @answers;
  while (@answers < @paths && elapsed() < $until) {
    my @more = ask($way, $headers, $until, @paths[@answers .. $#paths]) or last;
    push @answers, @more;
  }
  return map { $answers[$_] // {} } 0 .. $#paths;
}

# Whether there is something to read until then.
sub comes {
  my ($in, $until) = @_;
  my ($left, $reads) = ($until - elapsed(), "");
  vec($reads, fileno $in, 1) = 1;
  return $left > 0 && select($reads, undef, undef, $left) > 0;
}

# Answers of one connection, in the order of the paths, as many as it gave.
sub ask {
  my ($way, $headers, $until, @paths) = @_;
  # Nobody tells its address.
  return if $way->{at} eq "unknown";
  my $end = elapsed() + 0.05;
  $end = $until if $until > $end;
  my ($in, $out, $err, $pid);
  if ($way->{tls}) {
    my ($file) = $way->{at} =~ m{^unix:(/.*)};
    my @to = defined $file ? ("-unix", $file) : ("-connect", ($way->{at} =~ /:/ ? "[$way->{at}]" : $way->{at}) . ":$way->{port}");
    # A certificate that is not trusted here is no matter of this.
    ($out, $in, $err, $pid) = run_beside(qw(openssl s_client -quiet -no-CAfile -no-CApath), @to, "-servername", $way->{host}) or return;
  } else {
    ($in) = connect_to(@$way{qw(at port)}, $end - elapsed());
    $out = $in // return;
  }
  my ($buffer, $is_over, @answers) = ("", 0);
  local $SIG{PIPE} = "IGNORE";
  ANSWER: while (@answers < @paths) {
    my ($answer, $began) = (undef, elapsed());
    syswrite $out, request($headers, $paths[@answers], @answers == $#paths);
    until ($answer = take(\$buffer, $is_over)) {
      last ANSWER if $is_over || !comes($in, $end);
      $is_over = !sysread $in, my $more, 32_768;
      $buffer .= $more unless $is_over;
    }
    push @answers, { %$answer, ms => 1000 * (elapsed() - $began) };
    last if $answer->{ends};
  }
  if ($pid) { kill "TERM", $pid; waitpid $pid, 0 }
  return @answers;
}

sub request {
  my ($headers, $path, $is_last) = @_;
  my @lines = ("GET $path" . ($query{$path} // "") . " HTTP/1.1", "Host: $headers->{Host}", "User-Agent: " . ($headers->{"User-Agent"} // "debvisor-diagnose"), "Accept-Encoding: identity");
  push @lines, map { "$_: $headers->{$_}" } grep { !/^(?:Host|User-Agent)$/ } sort keys %$headers;
  push @lines, "Connection: close" if $is_last;
  return join "\r\n", @lines, "", "";
}

# The first answer of what was read, and undef until it is whole. `why`: what is wrong with its length or coding.
sub take {
  my ($buffer, $is_over) = @_;
  $$buffer =~ /\r?\n\r?\n/ or return;
  my ($head, $start) = (substr($$buffer, 0, $-[0]) . "\n", $+[0]);
  return { ends => 1 } unless $head =~ m{\AHTTP/1\.[01] \d{3}};
  my ($status) = $head =~ /^\S+ (\d+)/;
  my ($type) = $head =~ /^content-type:[ \t]*([^;\s]+)/mi;
  my ($length) = $head =~ /^content-length:[ \t]*(\d+)/mi;
  my ($coding) = $head =~ /^content-encoding:[ \t]*(\S+)/mi;
  my ($location) = $head =~ /^location:[ \t]*(\S+)/mi;
  my $answer = {
    head => $head, status => $status, type => lc($type // "-"), ends => $head =~ /^connection:[ \t]*close/mi ? 1 : 0, location => $location // "",
    nosniff => $head =~ /^x-content-type-options:[ \t]*nosniff/mi ? 1 : 0, saved => $head =~ /^content-disposition:[ \t]*attachment/mi ? 1 : 0,
    kept => kept_for($head), cookies => [$head =~ /^set-cookie:[ \t]*([^\r\n]+)/mig],
  };
  my $body = substr $$buffer, $start;
  # Neither read whole nor judged.
  my $long = sub { return { %$answer, long => 1, ends => 1 } };
  my ($end, $why);
  if ($status == 204 || $status == 304) { ($body, $end) = ("", $start) }
  elsif ($head =~ /^transfer-encoding:.*\bchunked\b/mi) {
    ($body, my $used) = chunks($body);
    if (defined $used) { $end = $start + $used }
    elsif (length $$buffer > 2 * $most) { return $long->() }
    elsif ($is_over) { ($end, $why) = (length $$buffer, "it ends before its last chunk") }
    else { return }
  } elsif (defined $length) {
    return $long->() if $length > $most;
    if (length $body >= $length) { ($body, $end) = (substr($body, 0, $length), $start + $length) }
    elsif ($is_over) { ($end, $why) = (length $$buffer, "it ends after " . length($body) . " of the $length bytes that Content-Length says") }
    else { return }
  } else {
    return $long->() if length $body > $most;
    return unless $is_over;
    $end = length $$buffer;
  }
  $$buffer = substr $$buffer, $end;
  if (lc($coding // "identity") eq "gzip" && length $body && $body !~ /\A\x1f\x8b/) { $why //= "it says Content-Encoding: gzip and is not compressed" }
  elsif (($coding // "identity") =~ /^identity$/i && $body =~ /\A\x1f\x8b/ && $answer->{type} =~ m{^text/|json|javascript|xml}) {
    $why //= "it is compressed and has no Content-Encoding";
  }
  # Who was asked for no coding and gives one has a body that is not read here.
  return $long->() if !$why && ($coding // "identity") !~ /^identity$/i;
  return { %$answer, body => $body, why => $why };
}

# How many seconds a browser may show it without asking again (RFC 9111, 4.2.1); `expires` of nginx says both, too.
sub kept_for {
  my $control = join ",", $_[0] =~ /^cache-control:[ \t]*([^\r\n]*)/mig;
  return $control !~ /\bno-(?:store|cache)\b/i && $control =~ /\bmax-age\s*=\s*"?(\d{1,9})/i ? [$1, "Cache-Control: $control"] : [0, ""];
}

sub chunks {
  my ($text) = @_;
  my ($body, $at) = ("", 0);
  while (substr($text, $at, 20) =~ /\A([0-9a-fA-F]{1,8})[^\r\n]*(\r?\n)/) {
    my ($size, $from) = (hex $1, $at + $+[0]);
    if (!$size) { return substr($text, $from) =~ /\A(?:[^\r\n]+\r?\n)*\r?\n/ ? ($body, $from + $+[0]) : ($body, undef) }
    $body .= substr $text, $from, $size if $from < length $text;
    $at = $from + $size + 2;
    last if $at > length $text;
  }
  return ($body, undef);
}

# --- Pages

sub without_comments { $_[0] =~ s/<!--.*?-->|<noscript\b.*?<\/noscript>//gsir }
# Scripts and styles of its own that it cannot do without. What sites put in place for themselves may be missing or empty for ever.
sub assets {
  my ($page, $path) = @_;
  my $folder = $path =~ s{[^/]*$}{}r;
  my $html = without_comments($page);
  return if $html =~ /<base\b/i;
  my (@found, %seen);
  while ($html =~ /<(script|link)\b([^>]*)>/gis) {
    my ($tag, $in) = (lc $1, $2);
    next if $in =~ /\bonerror\b|\bnomodule\b|\bmedia\s*=\s*["']?print/i;
    my $kind = $tag eq "script" ? "script" : $in =~ /\brel\s*=\s*["']?stylesheet\b/i ? "style" : next;
    next if $kind eq "script" && $in =~ /\btype\s*=\s*["']?(?!module|(?:text|application)\/(?:java|ecma)script)/i;
    my ($to) = $in =~ /\b(?:src|href)\s*=\s*(?|"([^"]*)"|'([^']*)'|([^\s"'>]+))/is or next;
    $to =~ s/&amp;/&/g;
    $to =~ s/#.*//s;
    next if $to =~ m{^(?:[a-z][\w+.-]*:|//)}i || $to !~ m{^[\w/.~?&=%+,\@-]+$} || $to =~ m{custom|local|override|user|theme|config|env|analytics|matomo|piwik|gtag|stat}i;
    $to = "$folder$to" unless $to =~ m{^/};
    1 while $to =~ s{/\./|/[^/.][^/]*/\.\./}{/};
    push @found, { kind => $kind, path => $to, page => $path } unless $seen{$to}++;
  }
  return @found;
}
sub asset_is_broken {
  my ($asset, $answer) = @_;
  my $status = $answer->{status} or return;
  # 503 is nginx's word for too many requests at once, as these are.
  return "gets $status" if $status == 403 || $status == 404 || $status == 410 || $status >= 500 && $status != 503;
  return if $status != 200 || !defined $answer->{body};
  return $answer->{why} if $answer->{why};
  return "is HTML" if $answer->{body} =~ /\A\s*<(?:!doctype|html)\b/i;
  return "is empty" if $asset->{kind} eq "script" && $answer->{body} eq "";
  return "has type $answer->{type}, which browsers do not run" if $asset->{kind} eq "script" && $answer->{type} =~ m{^text/(?:html|css|csv)$|^image/|^audio/|^video/};
  return;
}
# Builds have a digest in the names of their files.
sub say_scripts {
  my ($path, $page) = @_;
  for (map { $_->{path} } grep { $_->{kind} eq "script" } assets($page, $path)) {
    my $name = s/\?.*//sr =~ s/([._-])(?=[A-Za-z_-]*\d)[\w-]{6,}(?=\.)/$1*/gr;
    say_row("answer", "$path script $name", 1, "-", "script");
  }
}

# --- What nginx makes of DebVisor's answer

# Where users come by TLS, and for a name of their own, links are rewritten as they should be.
sub plain {
  my ($text, $way, $is_https) = @_;
  $text =~ s{\b(?:https?://)?(?:(?:localhost|127\.0\.0\.1|\Q$way->{host}\E)(?::\d+)?|[\w.-]+:$own_port)(?=[/"'\s\\<&]|$)}{}gi;
  if ($is_https) { $text =~ s/\bhttp:/https:/g; $text =~ s/\bws:/wss:/g }
  return $text;
}
# What a browser runs or follows, and what people read.
sub parts {
  my ($answer, $text) = @_;
  return ($text, "") unless $answer->{type} =~ /html/;
  my ($code, $read) = ("", "");
  $text = without_comments($text);
  $text =~ s{<title\b.*?</title>}{ my $title = $&; $read .= $title; "" }gsie;
  while ($text =~ /\G(?:(<script\b.*?<\/script>|<style\b.*?<\/style>|<[^>]*>)|([^<]+|<))/gsi) {
    if (defined $1) { $code .= "$1\n" } else { $read .= "$2\n" }
  }
  return ($code, $read);
}
# Figures change by themselves.
sub tokens { my %all; $all{$_}++ for grep { !/^[\d.:-]+$/ } $_[0] =~ m{[\w:/.\@%+-]+|[^\w\s]}g; return \%all }
sub missing { my ($from, $in) = @_; return grep { ($in->{$_} // 0) < $from->{$_} } sort keys %$from }
# Without what differs each time: a nonce, a time, a counter.
sub stable {
  my ($one, $other) = @_;
  return { map { my ($a, $b) = ($one->{$_}, $other->{$_} // 0); $b && ($a == $b || $_ !~ /\d/) ? ($_ => $a < $b ? $a : $b) : () } keys %$one };
}

# How they differ, and an example; nothing where they do not.
sub difference {
  my ($own, $again, $via, $way, $is_https) = @_;
  my ($a, $b, $c) = map { plain($_->{body}, $way, $is_https) } $own, $again, $via;
  s/\s+/ /g for $a, $b, $c;
  return if $c eq $a || $c eq $b;
  if ($own->{type} =~ /json/) { return json_difference($own, $again, $via) }
  return unless $own->{type} =~ /html|javascript|css/;
  my $varies = $a ne $b;
  my (@code) = map { (parts($own, $_))[0] } $a, $b, $c;
  my ($how, $was, $is) = text_difference(@code, $varies);
  return ($how, $was, $is) if $how;
  my @read = map { (parts($own, $_))[1] } $a, $b, $c;
  (my $any, $was, $is) = text_difference(@read, $varies);
  return $any ? ("text", $was, $is) : ();
}
sub text_difference {
  my ($first, $second, $via, $varies) = @_;
  my ($a, $b, $c) = map { tokens($_) } $first, $second, $via;
  my $stable = stable($a, $b);
  my @lost = missing($stable, $c);
  my @new = grep { !$varies || !/\d/ } grep { !$b->{$_} || $b->{$_} < $c->{$_} } missing($c, $a);
  return unless @lost || @new;
  return ("other", "", "") if @lost > 5 && 2 * @lost > keys %$stable;
  my $longest = sub { my ($first) = sort { length $b <=> length $a or $a cmp $b } @_; $first // "" };
  return (@lost ? "changed" : "added", $longest->(@lost), $longest->(@new));
}
# What is long and has digits may be a key that lets somebody in.
sub without_keys { return $_[0] =~ s{(?=[\w~+=-]*\d)(?=[\w~+=-]*[a-z])[\w~+=-]{20,}}{(hidden)}gir }
sub example {
  my ($was, $is) = map { shown(without_keys($_), 60) } @_;
  return $was eq "" && $is eq "" ? "-" : $was eq "" ? "$is is new" : $is eq "" ? "$was is missing" : "$was has become $is";
}
sub json_difference {
  my @all = map { scalar((json($_->{body}))[0]) } @_;
  return if grep { !defined } @all;
  my @fields = map { my %fields; form($_, "", \%fields, 0); \%fields } @all;
  my ($lost) = sort { length $a <=> length $b } grep { $fields[1]{$_} && !$fields[2]{$_} } keys %{$fields[0]};
  my ($new) = sort { length $a <=> length $b } grep { !$fields[1]{$_} && !$fields[0]{$_} } keys %{$fields[2]};
  # Lists come and go with what happens.
  my $is_full = !grep { $_->{kinds}{"empty list"} } map { values %$_ } @fields;
  if ((defined $lost || defined $new) && $is_full) {
    return (defined $lost ? "changed" : "added", defined $lost ? "the field $lost" : "", defined $new ? "the field $new" : "");
  }
  # An hour is more than any cache of figures is meant to be behind.
  my $is = sub { my ($i, $name, $mark) = @_; return ($fields[$i]{$name} // {kinds => {}})->{kinds}{$mark} };
  my ($stale) = sort grep { $is->(0, $_, "\@fresh") && $is->(1, $_, "\@fresh") && $is->(2, $_, "\@old") && !$is->(2, $_, "\@fresh") } keys %{$fields[0]};
  return ("changed", "the last ten minutes in $stale", "an hour ago and more") if defined $stale;
  return $_[0]{body} eq $_[1]{body} ? ("values", "", "") : ();
}

# --- All together

my (@asked, %by_path, $login, @files, @refused, @variants, @pages, @ways);
while (<STDIN>) {
  chomp;
  my ($path, $at, $port, $tls, $host, $https, $query, $what, @lost) = split /\t/, $_, -1;
  next unless defined $https;
  push @ways, { at => $at, port => $port, tls => $tls eq "yes", host => $host, https => $tls eq "yes" || $https eq "https" };
  if (($what // "") eq "login") { $login = { path => $path, refused => $lost[0], lost => $lost[1], lasted => $lost[2] }; next }
  if (($what // "") eq "turns") { say_row("turns", $path, $lost[0], $lost[1], $lost[2]); next }
  if (($what // "") eq "refused") { my %one = (path => $path, query => $query); @one{qw(status times name value)} = @lost; push @refused, \%one; next }
  if (($what // "") =~ /^(?:queries|polling)$/) { push @variants, { path => $path, queries => $what eq "queries" ? \@lost : [$query, $query], what => $what } if $has{stores}; next }
  if (($what // "") eq "signin") { say_row("signin", $path, 0, "-", "-") if $has{headers}; next }
  if (($what // "") eq "page") { push @pages, { path => $path } if $has{headers}; next }
  if (($what // "") eq "file") { push @files, $path; next }
  $query{$path} = $query;
  push @asked, $by_path{$path} = { path => $path };
}
exit unless @ways;
# All are asked the way of the first: one server leads to DebVisor.
my $way = $ways[0];
my $https = $way->{https};
if (($own_tls eq "true" || $way->{tls}) && !grep { -x "$_/openssl" } split /:/, $ENV{PATH}) { print STDERR "openssl is not installed, so nothing can be asked over TLS\n"; exit 69 }
my $direct = { at => $own_address || "127.0.0.1", port => $own_port, tls => $own_tls eq "true", host => $way->{host} };
my $as_browser = { Host => $way->{host} . ($way->{port} =~ /^(?:80|443|-)$/ ? "" : ":$way->{port}") };
my $is_open = $way->{at} ne "-";
sub own { ask_all($direct, $_[0], @_[1 .. $#_]) }
sub via { $is_open ? ask_all($way, $as_browser, @_) : map { {} } @_ }

my @paths = map { $_->{path} } @asked;
my @own = own($as_browser, @paths);
# Who does not answer here makes nginx wait too.
my @there = grep { $own[$_]{status} } 0 .. $#own;
my @via = map { {} } @paths;
@via[@there] = via(@paths[@there]) if @there;
say_waits();
say_login() if $login && $is_open;
say_lost_files() if @files && $is_open;
say_refused($_) for $is_open ? @refused : ();
say_shared($_) for $is_open ? @variants : ();
my @assets;
for my $i (0 .. $#asked) {
  my ($one, $own, $via) = ($asked[$i], $own[$i], $via[$i]);
  @$one{qw(own via)} = ($own, $via);
  my $page = ($via->{status} // 0) == 200 ? $via : $own;
  push @assets, assets($page->{body}, $one->{path}) if ($page->{status} // 0) == 200 && defined $page->{body} && $page->{type} =~ /html/;
}
my %seen;
@assets = grep { !$seen{$_->{path}}++ } (grep { $_->{kind} eq "script" } @assets), (grep { $_->{kind} eq "style" } @assets);
# Some are among the paths themselves.
for (@assets) { @$_{qw(own via)} = @{$by_path{$_->{path}}}{qw(own via)} if $by_path{$_->{path}} }
my @unasked = first_of(4, grep { !$_->{via} } @assets);
@assets = ((grep { $_->{via} } @assets), @unasked);
if ($is_open && @assets) {
  my @names = map { $_->{path} } @unasked;
  # A browser says for which page it asks, and some servers give scripts to nobody else.
  $as_browser->{Referer} = ($way->{tls} ? "https" : "http") . "://$as_browser->{Host}$assets[0]{page}";
  my @of_nginx = @names ? via(@names) : ();
  my @of_own = @names ? own($as_browser, @names) : ();
  @{$unasked[$_]}{qw(via own)} = ($of_nginx[$_], $of_own[$_]) for 0 .. $#unasked;
  my @bad = grep { defined asset_is_broken($_, $_->{via}) } @assets;
  # A deploy that is under way has them again in a moment.
  if (@bad) {
    my @again = via(map { $_->{path} } @bad);
    $bad[$_]{why} = asset_is_broken($bad[$_], $again[$_]) for 0 .. $#bad;
  }
}

my $is_whole = sub { ($_[0]{status} // 0) == 200 && defined $_[0]{body} };
for my $one (@asked) {
  my ($own, $via) = @$one{qw(own via)};
  my $type = $own->{type} // $via->{type} // "-";
  say_row("asked", $one->{path}, $own->{status} // 0, $via->{status} // ($is_open && $own->{status} ? 0 : "-"), $type);
  my ($title) = ($via->{body} // "") =~ m{<title>\s*([^<]{1,120}?)\s*</title>}i;
  # What a rule or a limit refuses on purpose has other numbers.
  say_row("rejected", $one->{path}, $via->{status}, $own->{status}, $title // "-")
    if ($via->{status} // 0) =~ /^(?:400|421|426|431|49\d|50[0245])$/ && ($own->{status} // 0) =~ /^[234]\d\d$/ && $own->{status} != $via->{status};
  # A page that is none of nginx's own, for what nginx passed on: DebVisor refuses it, as nginx puts it.
  say_row("passed", $one->{path}, $via->{status}, $own->{status}, ($title // "-") . ($query{$one->{path}} ? " ($query{$one->{path}})" : ""))
    if ($via->{status} // 0) =~ /^(?:4(?!01|29)|50[0156])/ && ($own->{status} // 0) =~ /^[234]\d\d$/ && $own->{status} != $via->{status} && ($via->{body} // "") !~ m{<center>nginx};
  say_row("open", $one->{path}, $own->{status}, "200", $via->{type}) if ($own->{status} // 0) =~ /^40[13]$/ && $is_whole->($via) && length $via->{body};
  for my $answer (grep { $is_whole->($_) } $own, $via) {
    if ($answer == $via && $is_whole->($own) && $own->{body} eq $via->{body} && $own->{type} eq $via->{type}) { $via->{why} //= $own->{why}; next }
    ($answer->{json}, my $why) = json($answer->{body}) if $answer->{type} =~ m{^application/(?:[\w.+-]+\+)?json$};
    $answer->{why} //= $why;
  }
}
# What is wrong with a body is wrong again, or it was written to just then.
for (map { @$_{qw(own via)} } @asked) { delete $_->{why} unless $is_whole->($_) }
my @bad = grep { my $one = $_; grep { $_->{why} } @$one{qw(own via)} } @asked;
if (@bad) {
  my @again_own = own($as_browser, map { $_->{path} } @bad);
  my @again_via = via(map { $_->{path} } @bad);
  for my $i (0 .. $#bad) {
    for (["own", $again_own[$i]], ["via", $again_via[$i]]) {
      my ($side, $again) = @$_;
      my $first = $bad[$i]{$side};
      next unless $first->{why};
      my $why = $again->{why};
      (undef, $why) = json($again->{body}) if !$why && $is_whole->($again) && $again->{type} =~ m{^application/(?:[\w.+-]+\+)?json$};
      delete $first->{why} unless $why;
    }
    my ($own, $via) = @{$bad[$i]}{qw(own via)};
    my $side = $own->{why} && $via->{why} ? "both" : $own->{why} ? "own" : $via->{why} ? "nginx" : next;
    my $answer = $side eq "nginx" ? $via : $own;
    say_row("broken", $bad[$i]{path}, length $answer->{body}, $side, $answer->{why});
  }
}
for (grep { $_->{why} } @assets) { say_row("asset", $_->{path}, $_->{via}{status}, $_->{kind}, "$_->{page} $_->{why}") }

# What browsers do not use though it comes whole: fetch.spec.whatwg.org, "should response to request be blocked due to nosniff", and RFC 6266.
sub unusable {
  my ($path, $own, $via) = @_;
  return "browsers save the page in place of showing it (Content-Disposition: attachment)" if $via->{saved} && !$own->{saved} && $via->{type} =~ /html/;
  return unless $via->{nosniff} && $path =~ /\.(m?js|css)(?:\?|$)/;
  my $wanted = $1 eq "css" ? qr{^text/css$} : qr{^(?:text|application)/(?:x-)?(?:java|ecma)script$|^text/jscript$};
  return if $via->{type} =~ $wanted;
  return "browsers refuse it: it comes as $via->{type}" . ($own->{type} =~ $wanted ? " in place of $own->{type}" : "") . ", and X-Content-Type-Options is nosniff";
}
for my $one (grep { $is_open && $is_whole->($_->{via}) } @asked, grep { $_->{own} && $_->{via} && !$by_path{$_->{path}} } @assets) {
  my $why = unusable($one->{path}, $one->{own}, $one->{via}) // next;
  say_row("unusable", $one->{path}, 200, "nginx", $why);
}

# Cookies that keep somebody logged in, as nginx gives them. A path may be narrow on purpose, unless nginx has made it so.
my %told;
for my $one (@asked) {
  my %path = map { /^([^=;\s]+)=.*?;\s*path=([^;\s]+)/i ? ($1 => $2) : () } @{$one->{own}{cookies} // []};
  for my $cookie (@{$one->{via}{cookies} // []}) {
    my ($name) = $cookie =~ /^([^=;\s]*(?:sess|sid|auth|login|token|jwt|csrf|remember)[^=;\s]*)=[^;]/i or next;
    my $fault = cookie_fault($cookie) or next;
    next if $fault =~ / is for the path (\S+),/ && ($path{$name} // "") eq $1;
    say_row("cookie", $one->{path}, 0, "nginx", $fault) unless $told{$name}++;
  }
}

if ($has{headers} && $is_open) {
  my @names = map { $_->{path} } @pages;
  my @of_own = @names ? own($as_browser, @names) : ();
  my @of_nginx = @names ? via(@names) : ();
  @{$pages[$_]}{qw(own via)} = ($of_own[$_], $of_nginx[$_]) for 0 .. $#pages;
  say_headers($_) for @asked, grep { ($_->{own}{status} // 0) == ($_->{via}{status} // -1) } @pages;
}
if ($has{stores} && $is_open) { say_shared_cookie($_) for @asked }

# A single-page application gives its page for all that it does not know.
my ($page) = map { $_->{own}{body} } grep { $_->{path} eq "/" && $is_whole->($_->{own}) } @asked;
my $is_of_debvisor = sub {
  my ($one) = @_;
  return $is_whole->($one->{own}) && ($one->{path} eq "/" || !defined $page || $one->{own}{body} ne $page) && !($one->{path} =~ /\.(?:m?js|css|json)$/ && $one->{own}{type} =~ /html/);
};
my @odd = grep { $is_open && $is_of_debvisor->($_) && $is_whole->($_->{via}) && !$_->{own}{why} && !$_->{via}{why} && $_->{own}{body} ne $_->{via}{body} } @asked, grep { !$_->{why} && $_->{via} && !$by_path{$_->{path}} } @assets;
if (@odd) {
  my @names = map { $_->{path} } @odd;
  my @again = own($as_browser, @names);
  my @via_again = via(@names);
  # What DebVisor gives may depend on what nginx tells it of who asks.
  my %forwarded = (%$as_browser, "X-Forwarded-For" => "127.0.0.1", "X-Real-IP" => "127.0.0.1", "X-Forwarded-Proto" => $way->{tls} ? "https" : "http", "X-Forwarded-Host" => $way->{host});
  my @others = map { [own($_, @names)] } \%forwarded, { Host => "127.0.0.1:$own_port" };
  for my $i (0 .. $#odd) {
    my $one = $odd[$i];
    my @variants = grep { $is_whole->($_) } $again[$i], map { $_->[$i] } @others;
    next if @variants < 3 || !$is_whole->($via_again[$i]);
    if ($one->{own}{type} ne $one->{via}{type} && !($one->{own}{type} =~ /javascript/ && $one->{via}{type} =~ /javascript/)) {
      say_row("differs", $one->{path}, 0, "other", example($one->{own}{type}, $one->{via}{type})) if $via_again[$i]{type} eq $one->{via}{type};
      next;
    }
    my @found;
    for my $via ($one->{via}, $via_again[$i]) {
      for my $variant (@variants) {
        @found = difference($one->{own}, $variant, $via, $way, $https) or last;
      }
      last unless @found;
    }
    say_row("differs", $one->{path}, 0, $found[0], example(@found[1, 2])) if @found;
  }
}

for my $one (@asked) {
  my $own = $one->{own};
  next unless $is_whole->($own) && !$own->{why};
  my $is_json = defined $own->{json};
  next unless $is_json || $own->{type} =~ /html|json/;
  say_row("answer", $one->{path}, $now, "-", $own->{type} . (length $own->{body} ? "" : ", empty"));
  next unless length $own->{body};
  if ($is_json) { say_form($one->{path}, $own->{json}); say_mostly($one->{path}, $own->{body}) } else { say_scripts($one->{path}, $own->{body}) }
}

# What browsers keep for more than a minute; the second number is DebVisor's own. Files are another matter.
for my $one (grep { $_->{path} !~ /\.\w+$/ } @asked) {
  my ($own, $via) = map { $is_whole->($_) && $_->{type} =~ /json$/ && !$_->{saved} ? $_->{kept} : [0, ""] } @$one{qw(own via)};
  say_row("kept", $one->{path}, $via->[0], $own->[0], $via->[1]) if $via->[0] > 60;
}

# Lists of plain objects in which an id comes again.
for my $one (grep { ref($_->{own}{json} // "") eq "ARRAY" } @asked) {
  my ($all, $again, %ids) = (0, 0);
  while ($one->{own}{body} =~ /\{[^{}\[\]]*?"id"\s*:\s*("[^"]*"|\d+)[^{}\[\]]*\}/g) { $all++; $again++ if $ids{$1}++ }
  say_row("twice", $one->{path}, $again, $all, "id") if $again;
}

# --- How long nginx takes, and who stays logged in

# A path that DebVisor answers at once and nginx does not, twice. In between what these requests themselves used up of a limit is given back.
sub say_waits {
  my $waits = sub { my ($own, $via) = @_; return ($own->{ms} // 1e9) < 500 && ($via->{ms} // 3000) >= 1500 };
  my ($slow) = grep { $is_open && $waits->($own[$_], $via[$_]) } @there or return;
  select undef, undef, undef, 1.5;
  my ($own) = own($as_browser, $paths[$slow]);
  my ($via) = via($paths[$slow]);
  return unless $waits->($own, $via);
  say_row("waits", $paths[$slow], int($via->{ms} // 3000), int $own->{ms}, $via->{status} ? "answered with $via->{status}" : "no answer in that time");
}

# Whoever has just logged in gets what one gets who has not.
sub say_login {
  my ($answer) = via($login->{refused});
  my $status = $answer->{status} // 0;
  my $is_login = qr{(?:^|[/_.-])(?:log-?in|log-?on|sign-?in|authenticate|sessions?)(?:[/?._-]|$)}i;
  return unless $status == 401 || $status =~ /^30[237]$/ && $answer->{location} =~ $is_login;
  say_row("login", $login->{path}, $login->{lost}, $login->{lasted}, $login->{refused});
}

# What nginx refuses whoever sends that header, and nobody else, while DebVisor makes no difference. Logs tell these looks from visits by the last word.
sub say_refused {
  my ($one) = @_;
  local $query{$one->{path}} = $one->{query};
  my %as_they = (%$as_browser, $one->{name} => $one->{name} eq "User-Agent" ? "$one->{value} debvisor-diagnose" : $one->{value});
  my $status = sub { my ($way, $headers) = @_; my ($answer) = ask_all($way, $headers, $one->{path}); return $answer->{status} // 444 };
  my $refused = $status->($way, \%as_they);
  return if $refused != $one->{status};
  my @others = ($status->($way, $as_browser), $status->($direct, $as_browser), $status->($direct, \%as_they));
  return if $others[0] >= 400 && $others[0] != 401 || grep { $_ != $others[0] } @others;
  say_row("refused", $one->{path}, $refused, $others[0], "$one->{name}: $one->{value}");
}

# What is the same for two that asked other things: of queries the whole body, while DebVisor's own say each something else, and that again; of
# two who come new, the session.
sub say_shared {
  my ($one) = @_;
  my ($path, @queries) = ($one->{path}, @{$one->{queries}});
  my $body = sub { my ($way, $query) = @_; local $query{$path} = $query; my ($answer) = ask_all($way, $as_browser, $path); return ($answer->{status} // 0) == 200 ? $answer->{body} : undef };
  my @via = map { $body->($way, $_) // return } @queries;
  if ($one->{what} eq "polling") {
    my @sids = map { /"sid": *"([^"]+)"/ } @via;
    say_row("shared", $path, 0, "session", "-") if @sids == 2 && $sids[0] eq $sids[1];
    return;
  }
  return if $via[0] ne $via[1];
  my @own = map { my %words = map { $_ => 1 } ($body->($direct, $_) // return) =~ /[\w:.+-]+|\[\]/g; \%words } @queries, $queries[0];
  my @of_one = grep { $own[2]{$_} && !$own[1]{$_} } keys %{$own[0]};
  say_row("shared", $path, 0, "query", "$queries[0] and $queries[1]") if @of_one >= 2 || !%{$own[0]} != !%{$own[1]};
}
# Headers that nginx adds: what they do to a browser is judged elsewhere.
sub say_headers {
  my ($one) = @_;
  my ($own, $via) = map { $_->{head} // "" } @$one{qw(own via)};
  for my $name ("Clear-Site-Data", "Content-Security-Policy") {
    my ($there) = $own =~ /^$name:[ \t]*([^\r\n]+)/mi;
    while ($via =~ /^$name:[ \t]*([^\r\n]+)/mig) { my $value = $1; say_row("header", $one->{path}, 0, $name, $value) if $value ne ($there // "") }
  }
  my %is_own = map { $_ => 1 } @{$one->{own}{cookies} // []};
  for (grep { !$is_own{$_} } @{$one->{via}{cookies} // []}) {
    say_row("header", $one->{path}, 0, "Set-Cookie", "$1=; ended") if /^([^=;\s]*(?:sess|sid|auth|login|token|jwt|remember)[^=;\s]*)=(?:["\s]*(?:;|$)|.*;\s*(?:max-age=0\b|expires=[^;]*\b19\d\d\b))/i;
  }
}
# Whoever comes new gets a cookie that somebody got before.
sub say_shared_cookie {
  my ($one) = @_;
  my $named = sub { map { /^([^=;\s]*(?:sess|sid|auth|token|jwt|csrf)[^=;\s]*)=([^;]{8,})/i ? ($1 => $2) : () } @{$_[0]{cookies} // []} };
  my (%own) = $named->($one->{own});
  my (%via) = $named->($one->{via});
  my ($name) = sort grep { $own{$_} && $own{$_} ne $via{$_} } keys %via or return;
  my ($again) = via($one->{path});
  my %again = $named->($again);
  say_row("shared", $one->{path}, 0, "cookie", $name) if ($again{$name} // "") eq $via{$name};
}

# What nginx refuses though DebVisor has it.
sub say_lost_files {
  my @own = own($as_browser, @files);
  my @there = grep { ($own[$_]{status} // 0) == 200 && length($own[$_]{body} // "") && $own[$_]{type} =~ /javascript|css/ } 0 .. $#files or return;
  my @via = via(@files[@there]);
  for my $i (0 .. $#there) {
    my $status = $via[$i]{status} // 0;
    say_row("lost", $files[$there[$i]], $status, $files[$there[$i]] =~ /css$/ ? "style" : "script", "-") if $status =~ /^4(?:03|04|10)$/;
  }
}

# Why a browser does not keep a cookie, or never sends it to these pages (RFC 6265bis, 5.7).
sub cookie_fault {
  my ($cookie) = @_;
  my ($name) = $cookie =~ /^([^=;\s]+)=/ or return;
  my ($domain) = $cookie =~ /;\s*domain=\.?([^;\s]+)/i;
  my ($path) = $cookie =~ /;\s*path=([^;\s]+)/i;
  my $is_secure = $cookie =~ /;\s*secure\s*(?:;|$)/i;
  my $host = lc $way->{host};
  return "$name is for the domain $domain, and users ask $host" if defined $domain && $host =~ /\./ && $host !~ /(?:^|\.)\Q$domain\E$/i;
  return "$name is Secure, and users come by plain HTTP" if $is_secure && !$https;
  return "$name has SameSite=None without Secure" if $cookie =~ /;\s*samesite=none/i && !$is_secure;
  return "$name lacks what its prefix demands" if $name =~ /^__(?:Host|Secure)-/ && (!$is_secure || $name =~ /^__Host-/ && (defined $domain || ($path // "") ne "/"));
  my @pages = grep { defined } @paths, $login && $login->{refused};
  return "$name is for the path $path, which no page lies below" if defined $path && $path ne "/" && @pages && !grep { index("$_/", $path =~ s{/*$}{/}r) == 0 } @pages;
  return;
}
1;

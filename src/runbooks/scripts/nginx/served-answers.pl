#!/usr/bin/perl
# What do users get with an answer that succeeds, and is it what DebVisor gave?
#
# A few paths that users were served lately, without query, number or key in them, are asked again with GET: at DebVisor's
# own port and through nginx, pages with the scripts and styles that they name. No value of JSON is told, only its form.
#
# Reads: nginx's configuration; the last 64 KB of each access log; HTTP to DebVisor, HTTP or TLS to nginx: six paths and
#   seven scripts at most, 256 KB of each, 3 s for each round of them.
# Prints: kind, key, number, side and value in columns. Kinds:
#   asked: path; status at DebVisor's own port (0: no answer); status through nginx (-: not asked, 0: no answer); type of the body.
#   rejected: path; the 400 or the like that nginx gives; what DebVisor gives at its own port; the title of nginx's page.
#   unusable: path; 200; nginx; why browsers do not use what comes whole.
#   waits: path; ms through nginx; ms at DebVisor's own port; what came of it. Both times that it was asked.
#   open: path; the 401 or 403 that DebVisor gives who has not logged in; 200, which nginx gives the same; type of the body.
#   login: path; logins that did not last; logins that did since; the path that was refused right after one, as it is without a login.
#   turns: path; how often one client got it and was refused in turn, within two minutes; how often it got it; how often not.
#   cookie: path; 0; nginx; why browsers do not send back a cookie that keeps somebody logged in.
#   broken: path; bytes of the body; own, nginx or both; what is wrong with the body.
#   asset: path of a script or style; its status through nginx; script or style; its page, and what is wrong with it.
#   differs: path; 1 where nginx passes it on to DebVisor, else 0; changed, added, text (that people read), other, values
#     (of JSON); what of DebVisor's answer is missing in nginx's, and what nginx has instead.
#   lost: path of a script or style that somebody did not get; its status through nginx; script or style; -. DebVisor's own port has it.
#   refused: path; status that nginx gives a browser that sends this header (444: closed without an answer); status that it gives others, as DebVisor
#     gives everybody; the header.
#   shared: path; 0; query, session or cookie; what nginx gives all the same of it though DebVisor gives each another: two queries, or the cookie's name.
#   passed: path; what it gets through nginx with a page that is not nginx's own; what it gets at DebVisor's own port; the title of the page (and the query).
#   replayed: path that is passed; the same status, which DebVisor's own port gives too, asked with the method and the headers that nginx sets; its
#     status without them; -.
#   refusing: path that is replayed; line; file; what nginx sets there without which it is not refused.
#   header: path; 0; a header that nginx gives there and DebVisor does not (Clear-Site-Data, Content-Security-Policy, a Set-Cookie that ends a cookie); its value.
#   signin: path to which people signed in with a form lately; 0; -; -. For what nginx does to its cookies.
#   linked: path that is lost; 0; same or other owner; a link on the way to its file (unseen: what this login may not see).
#   absent: path that is lost; 0; -; the first part of the way to its file that is not there.
#   stripped: beginning of the paths that a location passes to DebVisor (/ of a pattern); line; file; what takes away there what says who asks.
#   directive: path of the above; line; file; directive that may be the reason.
#   mostly: path and field (state, status, health, condition); how many entries of a list are so; of how many; down, offline or the like.
#   answer: path, or path and field; seconds since 1970, or how many were seen; -; form: kinds of values, and marks of what
#     they are in this moment (@ahead, @fresh, @old of times, @short, @long of lists). They are facts of a snapshot.
#   Then end, and === end.
# Needs: perl-base, openssl for TLS; to read configuration and logs (77 where it may not, 65 where there is no log or none
#   of its lines is understood, 69 without openssl where TLS is asked, 127 without nginx).
# Arguments: nginxFile, port, tls, listenAddress.

require "../shared/parts.pl";
require "../shared/ask-once.pl";
my ($main, $port, $tls, $address) = @ARGV;
$tls = "false" if ($tls // "") eq "";
$address = "127.0.0.1" if ($address // "") eq "";
exit 127 if !-e $main;
sub access_logs {
  package AccessLogs;
require "./access-logs.pl";
}
sub requests_in_logs {
  package RequestsInLogs;
require "./requests-in-logs.pl";
require "./paths-served.pl";
}
sub answers_compared {
  package AnswersCompared;
require "./answers-compared.pl";
}
sub content_directives {
  package ContentDirectives;
require "./content-directives.pl";
}
my $logs = once("access logs of $main $port $address", sub { output_of(\&access_logs, "", $main, $port, $address) });
end_as_it_did() if !defined $logs;
my $paths = output_of(\&requests_in_logs, $logs, $port, "served");
end_as_it_did() if $?;
# Few configurations have these, so what they may be the reason of is asked only there.
my %touches = (
  headers => qr/clear-site-data|content-security-policy|(?:_header|_headers)\s+["\x27]?set-cookie|proxy_cookie_flags/i,
  strips => qr/proxy_pass_request_headers|proxy_set_header\s+"?(?:cookie|authorization)/i,
  stores => qr/\b[a-z]+_cache\s+(?!off\b)\S|\bproxy_store\s+(?!off\b)\S|\bset\s+\$args\s|\brewrite\s.*\?["\x27]?\s*(?:last|break)?\s*;/,
);
my %has;
sub look_for_touches {
  my ($folder, $depth) = @_;
  opendir my $in, $folder or return;
  for my $path (map { "$folder/$_" } grep { !/^\.\.?$/ } readdir $in) {
    if (-l $path) { next }
    if (-d _) { look_for_touches($path, $depth + 1) if $depth < 9 }
    elsif (-f _ && open my $file, "<", $path) {
      read $file, my $text, 1 << 20;
      $text =~ s/^\s*#.*//mg;
      $has{$_} ||= $text =~ $touches{$_} for keys %touches;
    }
  }
}
look_for_touches($main =~ s{/[^/]*$}{}r, 0);
my $rows = output_of(\&answers_compared, $paths, $port, $tls, $address, join ",", grep { $has{$_} } sort keys %has);
end_as_it_did() if $?;
if ($has{strips} || $rows =~ /^(?:differs|kept|rejected|unusable|waits|open|login|cookie|lost|turns|refused|shared|passed|header|signin)\t/m) {
  $rows = output_of(\&content_directives, $rows, $main, $port, $address, $tls);
  end_as_it_did() if $?;
}
print $rows, "end\t\t0\t\tanswers\n=== end\n";

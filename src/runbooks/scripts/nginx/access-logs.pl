#!/usr/bin/perl
# Part of recent-requests.pl, which says what it answers: the access logs of the servers that lead to DebVisor.
#
# Prints: a line a log: path, whether servers of other sites share it, an address, a port, whether it is TLS, and a name by which
#   the server is reached (-: this host does not get in there), format (a tab as \t, a backslash twice).

require "../shared/paths.pl";
# Numbers of errno(3): the module Errno takes 3 ms of CPU to load.
my $EACCES = 13;
my ($main, $own, $address) = @ARGV;
my ($file) = ($address // "") =~ m{^(unix:/.*)};
my $is_own = defined $file ? qr/^\Q$file\E(?::|$)/ : qr/:\Q$own\E$/;
my $root = $main =~ s{[^/]*$}{}r;
my @unread;

my (%seen, %formats, %groups, @servers);
my $http = { logs => [] };
sub read_file {
  my ($file, $stack) = @_;
  return if $seen{$file}++ > 20;
  open my $in, "<", $file or do { push @unread, $file if $! == $EACCES; return };
  read $in, my $text, 1 << 20;
  my @words;
  while ($text =~ /\G(?:\s+|#[^\n]*|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([{};])|((?:\$\{\w+\}|\\.|[^\s{};])+))/gcs) {
    if (defined $3) {
      if ($3 eq "}") { pop @$stack }
      elsif ($3 eq "{") { push @$stack, open_block($stack, @words) }
      elsif (@words) { directive($stack, @words) }
      @words = ();
    }
    elsif (defined($1 // $2 // $4)) { push @words, plain($1 // $2 // $4) }
  }
}
# What nginx takes a backslash for, in quotes and without.
my %meant = (t => "\t", r => "\r", n => "\n");
sub plain { $_[0] =~ s{\\([\\"'trn])}{$meant{$1} // $1}ger }
sub open_block {
  my ($stack, $name, @rest) = @_;
  my $at = $stack->[-1];
  return { kind => "http", %$http } if $name eq "http";
  if ($name eq "server" && !$at->{stream}) {
    push @servers, my $server = { names => [], listens => [], leads => [], files => 0, logs => undef, inner => [] };
    return { kind => "server", server => $server };
  }
  return { kind => "upstream", group => $rest[0] } if $name eq "upstream" && !$at->{stream};
  return { kind => $name, server => $at->{server}, stream => $name eq "stream" || $at->{stream} };
}
sub directive {
  my ($stack, $name, @rest) = @_;
  my $at = $stack->[-1];
  my $server = $at->{server};
  if ($at->{stream} && $name ne "include") { return }
  if ($name eq "include" && @rest) {
    my $pattern = $rest[0] =~ m{^/} ? $rest[0] : "$root$rest[0]";
    my ($folder) = $pattern =~ m{^([^*?\[]*)/};
    push @unread, $folder if -e $folder && !(-r _ && -x _);
    read_file($_, $stack) for sort(paths_like($pattern =~ s/\\/\\\\/gr));
  }
  elsif ($name eq "log_format") { my $called = shift @rest; $formats{$called} = join "", grep { !/^escape=/ } @rest }
  elsif ($name eq "access_log") {
    $http->{said} = 1 unless $server;
    my $logs = !$server ? $http->{logs} : $at->{kind} eq "server" ? $server->{logs} //= [] : $server->{inner};
    push @$logs, [@rest] if ($rest[0] // "") =~ m{^/[^\$]*$};
  }
  elsif ($name eq "server" && $at->{group}) { push @{$groups{$at->{group}}}, $rest[0] // "" }
  elsif (!$server) { return }
  elsif ($name eq "server_name") { push @{$server->{names}}, @rest }
  elsif ($name eq "listen") { push @{$server->{listens}}, "@rest" }
  elsif ($name =~ /^(?:proxy|fastcgi|uwsgi|grpc|scgi)_pass$/) { push @{$server->{leads}}, $rest[0] // "" }
  elsif ($name =~ /^(?:root|alias|try_files)$/) { $server->{files} = 1 }
}
read_file($main, [{ kind => "main" }]);
if (@unread) { print STDERR "this login may not read $unread[0]\n"; exit 77 }
# Where it says nothing: the place that Debian builds into nginx.
push @{$http->{logs}}, ["/var/log/nginx/access.log"] unless $http->{said};

sub leads_to_debvisor {
  my ($server) = @_;
  for (@{$server->{leads}}) {
    my ($to) = m{^(?:[a-z]+://)?(unix:[^:]+|[^/]+)} or next;
    return 1 if grep { $_ =~ $is_own } $to, @{$groups{$to} // []};
  }
  return 0;
}
my @mine = grep { leads_to_debvisor($_) } @servers;
@mine = grep { @{$_->{leads}} } @servers unless @mine;
my %is_mine = map { $_ => 1 } @mine;
my (%logs, %foreign);
for my $server (@servers) {
  for (@{$server->{logs} // $http->{logs}}, @{$server->{inner}}) {
    my ($path, $format) = @$_;
    if ($is_mine{$server}) { $logs{$path} //= { format => $format, server => $server } }
    # A server that only sends browsers on, or drops them, has no users of its own.
    elsif (@{$server->{leads}} || $server->{files}) { $foreign{$path} = 1 }
  }
}

my %shown = ("\t" => "\\t", "\r" => "\\r", "\n" => "\\n", "\\" => "\\\\");
sub shown { $_[0] =~ s/([\t\r\n\\])/$shown{$1}/gr }
# How this host gets in there. Not by a socket file, QUIC or IPv6 alone, nor where a balancer has to say first who comes.
sub way {
  my ($listen) = @_;
  my ($at, $port) = $listen =~ /^(?:(\*|localhost|\d+(?:\.\d+){3}|\[::\]):)?(\d+)(?: |$)/ ? ($1, $2) : $listen =~ /^(\d+(?:\.\d+){3})(?: |$)/ ? ($1, 80) : return;
  return if $listen =~ /\b(?:proxy_protocol|quic)\b/ || $at eq "[::]" && $listen !~ /\bipv6only=off\b/;
  return [$at =~ /^[1-9]/ ? $at : "127.0.0.1", $port, $listen =~ /\bssl\b/ ? "yes" : "no"];
}
if (@mine && !%logs) {
  print STDERR "nginx writes no access log of the servers that lead to DebVisor where a file could be read (access_log off, syslog, or a name with variables)\n";
  exit 65;
}

my $combined = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';
for my $path (sort keys %logs) {
  my ($format, $server) = @{$logs{$path}}{qw(format server)};
  # TLS before plain HTTP, which often only sends browsers on.
  my @ways = sort { ($b->[2] eq "yes") <=> ($a->[2] eq "yes") } map { way($_) } @{$server->{listens}} ? @{$server->{listens}} : "80";
  my @names = grep { !/^_?$/ } @{$server->{names}};
  my ($host) = grep { /^[A-Za-z0-9][A-Za-z0-9.-]*$/ } map { s/^\*\./www./r =~ s/^\.//r } @names;
  # By another name another site may answer.
  @ways = () if @names && !defined $host;
  my ($at, $port, $tls) = @{$ways[0] // [qw(- - no)]};
  my $form = $formats{$format // ""} // $combined;
  print join("\t", $path, $foreign{$path} ? "yes" : "no", $at, $port, $tls, $host // "localhost", shown($form)), "\n";
}
1;

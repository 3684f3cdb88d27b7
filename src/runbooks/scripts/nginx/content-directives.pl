#!/usr/bin/perl
# Part of served-answers.pl, which says what it answers: standard input again, with what nginx's configuration says of the
# paths that differ, wait, are open, lose a login or are lost: which location serves them, and what there may be the reason; and of the locations that
# lead to DebVisor those that take away what says who asks. Of headers that are set only the names.

use strict;
use warnings;
require "../shared/paths.pl";
# Numbers of errno(3): the module Errno takes 3 ms of CPU to load.
my $ENOENT = 2;
require "../shared/sockets.pl";
require "../shared/http-client.pl";
my ($main, $own, $address, $own_tls) = @ARGV;
my ($file) = ($address // "") =~ m{^(unix:/.*)};
my $is_own = defined $file ? qr/^\Q$file\E(?::|$)/ : qr/:\Q$own\E$/;
my $root = $main =~ s{[^/]*$}{}r;
my (%seen, @servers, %groups, %members, @maps);
my $changes = qr/^(?:sub_filter|add_(?:before|after)_body|ssi|proxy_(?:cache|store|pass|set_body)|root|alias|try_files|return|rewrite|gzip_static|slice|xslt_stylesheet|image_filter|(?:js|perl|lua|body)_\w*filter\w*|\w+_pass|mirror)$/;

# What else matters for rows of other kinds: who waits, who is let in without a login, and whose cookies are lost.
my $of_cookies = qr/^(?:proxy_cookie_\w+|proxy_hide_header|proxy_pass|proxy_cache)$/;
my %matters = (
  unusable => qr/^(?:add_header|more_set_headers|types|default_type|include|proxy_hide_header)$/,
  rejected => qr/^(?:ssl_verify_client|ssl_client_certificate|large_client_header_buffers|client_header_buffer_size|underscores_in_headers|return|error_page|proxy_pass|proxy_ssl_\w+|auth_request)$/,
  kept => qr/^(?:expires|add_header|more_set_headers)$/,
  waits => qr/^(?:limit_req|limit_rate|limit_conn|auth_request|mirror|proxy_pass|proxy_bind|resolver|proxy_cache\w*)$/,
  open => qr/^(?:proxy_set_header|proxy_pass|proxy_cache\w*|proxy_store|proxy_ignore_headers|\w+_pass|return|root|alias|try_files)$/,
  login => $of_cookies,
  cookie => $of_cookies,
  turns => qr/^proxy_pass$/,
  shared => qr/^(?:[a-z]+_cache(?:_key|_valid)?|proxy_store|proxy_ignore_headers|rewrite|set)$/,
  refused => qr/^(?:valid_referers|auth_request)$/,
  header => qr/^(?:add_header|more_set_headers)$/,
  signin => qr/^(?:proxy_cookie_\w+|proxy_hide_header|add_header)$/,
  lost => qr/^(?:root|alias|try_files|proxy_pass|return|rewrite|deny|internal|disable_symlinks)$/,
);

my $http = { name => "http", directives => [] };
sub read_file {
  my ($file, $stack) = @_;
  return if $seen{$file}++ > 20;
  open my $in, "<", $file or return;
  read $in, my $text, 1 << 20;
  my ($line, @words, $began) = (1);
  while ($text =~ /\G(?:(\s+|#[^\n]*)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([{};])|((?:\$\{\w+\}|\\.|[^\s{};])+))/gcs) {
    my $word = $2 // $3 // $5;
    if (defined $word) { $began = $line unless @words; push @words, $word }
    elsif (defined $4) {
      if ($4 eq "}") { pop @$stack if @$stack > 1 }
      elsif ($4 eq "{") { push @$stack, open_block($stack->[-1], "$file\t" . ($began // $line), @words) }
      elsif (@words) { directive($stack, "$file\t$began", @words) }
      @words = ();
    }
    $line += $& =~ tr/\n//;
  }
}
sub open_block {
  my ($around, $place, $name, @rest) = @_;
  my $block = { name => $name // "", args => \@rest, place => $place, around => $around, directives => [], locations => [], conditions => [] };
  return { %$http, around => $around } if $block->{name} eq "http";
  push @{$around->{conditions}}, $block if $block->{name} eq "if";
  push @maps, $block if $block->{name} eq "map";
  push @servers, $block if $block->{name} eq "server" && $around->{name} eq "http";
  if ($block->{name} eq "location") {
    my $at = $around;
    $at = $at->{around} while $at && $at->{name} !~ /^(?:server|location)$/;
    push @{$at->{locations}}, $block if $at;
  }
  return $block;
}
sub directive {
  my ($stack, $place, $name, @rest) = @_;
  my $at = $stack->[-1];
  if ($name eq "include" && @rest) {
    my $pattern = $rest[0] =~ m{^/} ? $rest[0] : "$root$rest[0]";
    read_file($_, $stack) for sort(paths_like($pattern =~ s/\\/\\\\/gr));
    return;
  }
  push @{$groups{$at->{args}[0]}}, $rest[0] if $name eq "server" && $at->{name} eq "upstream";
  $members{$at->{args}[0]}{$name eq "server" ? "@rest" : $name} = $place if $at->{name} eq "upstream";
  push @{$at->{directives}}, { name => $name, args => \@rest, place => $place };
}
read_file($main, [{ name => "main", directives => [], locations => [] }]);

sub leads_to_debvisor {
  my ($block) = @_;
  for (grep { $_->{name} eq "proxy_pass" } @{$block->{directives}}) {
    my ($to) = $_->{args}[0] =~ m{^https?://(unix:[^:]+|[^/]+)} or next;
    return 1 if grep { $_ =~ $is_own } $to, @{$groups{$to} // []};
  }
  return 0;
}
sub leads { my ($block) = @_; return leads_to_debvisor($block) || grep { leads($_) } @{$block->{locations}} }
my ($server) = grep { leads($_) } @servers;

# As nginx chooses (ngx_http_core_module, location): the exact one, the longest beginning, then patterns in their order.
sub location_of {
  my ($path, $block) = @_;
  my ($best, $length, $is_final) = (undef, -1, 0);
  for my $location (@{$block->{locations}}) {
    my ($kind, $text) = @{$location->{args}} > 1 ? @{$location->{args}}[0, 1] : ("", $location->{args}[0] // "");
    ($kind, $text) = ($1, $2) if $kind eq "" && $text =~ /^(=|\^~|~\*?)(.+)$/;
    return $location if $kind eq "=" && $text eq $path;
    next if $kind =~ /^[=~]/ || $text =~ /^\@/ || index($path, $text) != 0 || length $text <= $length;
    ($best, $length, $is_final) = ($location, length $text, $kind eq "^~");
  }
  my $inner = $best && location_of($path, $best);
  return $inner || $best if $is_final;
  for my $location (@{$block->{locations}}) {
    my ($kind, $text) = @{$location->{args}} > 1 ? @{$location->{args}}[0, 1] : ($location->{args}[0] // "") =~ /^(~\*?)(.+)$/;
    next unless defined $text && $kind =~ /^~(\*?)$/;
    my $pattern = eval { $1 ? qr/$text/i : qr/$text/ } or next;
    return $location if $path =~ $pattern;
  }
  return $inner || $best;
}

# Under the same path: where nginx asks for another one, DebVisor answers another thing.
sub passes_on {
  my ($location) = @_;
  return 0 if !leads_to_debvisor($location) || grep { $_->{name} eq "rewrite" } @{$location->{directives}};
  my ($uri) = map { $_->{args}[0] =~ m{^https?://[^/]+(/.*)$} } grep { $_->{name} eq "proxy_pass" } @{$location->{directives}};
  return !defined $uri || $uri eq ($location->{args}[-1] // "") ? 1 : 0;
}

while (<STDIN>) {
  chomp;
  my @cells = split /\t/, $_, 5;
  my $location = $cells[0] eq "differs" && $server && location_of($cells[1], $server);
  $cells[2] = passes_on($location) if $location;
  print join("\t", @cells), "\n";
  say_refusing(@cells[1 .. 4]) if $cells[0] eq "passed" && $server;
  next unless ($cells[0] eq "differs" || $matters{$cells[0]}) && $server;
  $location ||= location_of($cells[1], $server);
  my $counts = $matters{$cells[0]} // $changes;
  my %told;
  # Of the nearest block that has the directive: that is how they are inherited.
  for (my $at = $location || $server; $at; $at = $at->{around}) {
    my @here = grep { $_->{name} =~ $counts && !$told{$_->{name}} } @{$at->{directives}};
    # These are no matter of what is within the block.
    @here = grep { $_->{name} !~ /_pass$|^(?:root|alias|try_files|return|rewrite)$/ } @here if $at != ($location || $server) && $location && leads_to_debvisor($location);
    for (@here) {
      $told{$_->{name}} = 1;
      next if "@{$_->{args}}" =~ /^(?:off|\$)/ && $_->{name} !~ /_key$/;
      my ($file, $line) = split /\t/, $_->{place};
      my @args = $_->{name} eq "proxy_set_header" ? $_->{args}[0] // "" : @{$_->{args}};
      my $said = "$_->{name} @args" =~ s/[^ -~]/ /gr;
      # What is long and has digits may be a key, and so may what stands before an address.
      $said =~ s{(?=[\w~+=-]*\d)(?=[\w~+=-]*[a-z])[\w~+=-]{20,}|(?<=://)[^/\s]*\@}{(hidden)}gi;
      print join("\t", "directive", $cells[1], $line, $file, substr $said, 0, 160), "\n";
    }
    last if $at->{name} eq "http";
  }
  say_absent($cells[1], $location) if $cells[0] eq "lost";
  say_conditions($cells[1], $location, $cells[4]) if $cells[0] eq "refused";
  say_members($cells[1], $location) if $cells[0] eq "turns";
}

# proxy_set_header is inherited where a block has none of its own (ngx_http_proxy_module). A value without a variable is the same for everybody.
sub say_stripped {
  my ($block) = @_;
  if (leads_to_debvisor($block)) {
    my ($at, @set) = $block;
    for (; $at && !@set; $at = $at->{around}) { @set = grep { $_->{name} eq "proxy_set_header" } @{$at->{directives}} }
    my @taken = grep { ($_->{args}[0] // "") =~ /^(?:cookie|authorization)$/i && ($_->{args}[1] // "") !~ /\$/ } @set;
    for ($at = $block; $at; $at = $at->{around}) {
      my @nearest = grep { $_->{name} eq "proxy_pass_request_headers" } @{$at->{directives}} or next;
      push @taken, grep { ($_->{args}[0] // "") eq "off" } @nearest;
      last;
    }
    my ($kind, $text) = @{$block->{args}} > 1 ? @{$block->{args}}[0, 1] : ("", $block->{args}[0] // "/");
    for (@taken) {
      my ($file, $line) = split /\t/, $_->{place};
      my $said = $_->{name} eq "proxy_set_header" ? "$_->{name} $_->{args}[0] " . (($_->{args}[1] // "") eq "" ? "(empty)" : "(always the same)") : "$_->{name} off";
      print join("\t", "stripped", $kind =~ /^~/ ? "/" : $text =~ s/[^ -~]/?/gr, $line, $file, $said =~ s/[^ -~]/?/gr), "\n";
    }
  }
  say_stripped($_) for @{$block->{locations}};
}
say_stripped($server) if $server;

# DebVisor refuses what nginx passes on: so it is asked as nginx asks it, and then without one after the other of what nginx sets.
sub say_refusing {
  my ($path, $refused, $usual, $said) = @_;
  my ($query) = $said =~ /\((\?[^)]*)\)$/;
  my $location = location_of($path, $server) || $server;
  return if !passes_on($location) || !eval { own_port($own, $own_tls || "false", "localhost", $address) };
  my $nearest = sub { my ($name) = @_; for (my $at = $location; $at; $at = $at->{around}) { my @here = grep { $_->{name} eq $name } @{$at->{directives}}; return @here if @here } return };
  my @set = (first($nearest->("proxy_method")), $nearest->("proxy_set_header"));
  # Whatever nginx makes of a visit: a look changes nothing.
  return if grep { $_->{name} eq "proxy_method" && ($_->{args}[0] // "") !~ /^(?:GET|HEAD|OPTIONS|TRACE)$/ } @set;
  my @known = grep { defined $_->{says} } map { { %$_, says => value_of($_->{args}[-1] // "", $path) } } @set;
  my $status = sub {
    my %service = %{own_port($own, $own_tls || "false", "localhost", $address)};
    my ($method, @headers) = ("GET");
    for (@_) {
      if ($_->{name} eq "proxy_method") { $method = $_->{says} }
      elsif (lc $_->{args}[0] eq "host") { $service{host} = $_->{says} }
      elsif ($_->{says} ne "") { push @headers, "$_->{args}[0]: $_->{says}" }
    }
    return ask_http(\%service, $path . ($query // ""), method => $method, headers => [(grep { !/^connection:/i } @headers), "Connection: close"], within => 3)->{status};
  };
  return if @known > 20 || $status->(@known) != $refused;
  print join("\t", "replayed", $path, $refused, $usual, "-"), "\n";
  my @refusing = grep { my $one = $_; my $then = $status->(grep { $_ != $one } @known); $then && $then != $refused } @known;
  for (sort { ("@{$a->{args}}" =~ /\$/) <=> ("@{$b->{args}}" =~ /\$/) } @refusing) {
    my ($file, $line) = split /\t/, $_->{place};
    my $said = "$_->{name} @{$_->{args}}" =~ s/[^ -~]/ /gr;
    $said = "$_->{name} $_->{args}[0]" if @{$_->{args}} > 1 && $_->{args}[1] !~ /^(?:\$\w+|\w{0,5}|http\/[\d.]+)$/;
    print join("\t", "refusing", $path, $line, $file, substr $said, 0, 160), "\n";
  }
}
sub first { return @_ ? $_[0] : () }
# Of what nginx would put there what is known here; undef where something else is in it.
sub value_of {
  my ($text, $path) = @_;
  my ($name) = grep { /^[A-Za-z0-9][A-Za-z0-9.-]*$/ } map { @{$_->{args}} } grep { $_->{name} eq "server_name" } @{$server->{directives}};
  my @listens = map { "@{$_->{args}}" } grep { $_->{name} eq "listen" } @{$server->{directives}};
  my $is_tls = grep { /\bssl\b/ } @listens;
  my ($port) = map { /(?:^|:)(\d+)(?: |$)/ } @listens;
  my %is = (
    scheme => $is_tls ? "https" : "http", https => $is_tls ? "on" : "", server_port => $port // 80, request_uri => $path, uri => $path, request_method => "GET",
    map({ $_ => $name // "localhost" } qw(host http_host server_name)), map({ $_ => "127.0.0.1" } qw(remote_addr proxy_add_x_forwarded_for realip_remote_addr)),
  );
  $text =~ s/\$\{?(\w+)\}?/$is{$1} \/\/ ($1 =~ m{^(?:http|ssl|arg|cookie)_} ? "" : "\0")/ge;
  return $text =~ /\0|[\r\n]/ ? undef : $text;
}

# What is asked of that header on the way to the path (ngx_http_rewrite_module, if), and the maps that a condition reads of it.
sub say_conditions {
  my ($path, $location, $header) = @_;
  my %reads = map { $_ => 1 } $header =~ /^User-Agent/ ? "http_user_agent" : qw(http_referer invalid_referer);
  my $is_read = sub { my ($text) = @_; return grep { $reads{$_} } $text =~ /\$\{?(\w+)/g };
  my @on = grep { $is_read->($_->{args}[0] // "") } @maps;
  $reads{($_->{args}[1] // "") =~ s/^\$//r} = 1 for @on;
  my (@blocks, @conditions);
  for (my $at = $location || $server; $at; $at = $at->{around}) { unshift @blocks, $at; last if $at == $server }
  @conditions = grep { $is_read->("@{$_->{args}}") } map { @{$_->{conditions}} } @blocks;
  my $told = sub {
    my ($place, $said) = @_;
    my ($file, $line) = split /\t/, $place;
    print join("\t", "directive", $path, $line, $file, substr $said =~ s/[^ -~]/ /gr, 0, 160), "\n";
  };
  for (@conditions > 4 ? @conditions[0 .. 3] : @conditions) {
    my $does = join "; ", map { "$_->{name} @{$_->{args}}" } @{$_->{directives}};
    $told->($_->{place}, "if @{$_->{args}}" =~ s/ \)$/)/r . " { $does }");
  }
  for my $map (grep { my $name = $_->{args}[1] // ""; grep { "@{$_->{args}}" =~ /\Q$name\E\b/ } @conditions } @on) {
    my @entries = grep { $_->{name} !~ /^(?:hostnames|volatile)$/ && ($_->{args}[0] // "") !~ /^0?$/ } @{$map->{directives}};
    $told->($_->{place}, "map @{$map->{args}}: $_->{name} @{$_->{args}}") for @entries > 4 ? @entries[0 .. 3] : @entries;
  }
}

# The servers of the group that the path goes to, and what else stands there: ip_hash and the like.
sub say_members {
  my ($path, $location) = @_;
  my ($to) = map { $_->{args}[0] =~ m{^https?://([^/]+)} } grep { $_->{name} eq "proxy_pass" } @{($location || $server)->{directives}};
  my $here = $members{$to // ""} or return;
  for (sort keys %$here) {
    my ($file, $line) = split /\t/, $here->{$_};
    print join("\t", "directive", $path, $line, $file, substr(/^[a-z_]+$/ ? $_ : "server $_", 0, 160)), "\n";
  }
}

# The first folder on the way to the file that is not there (ngx_http_core_module, root and alias). Nothing where this login sees less.
sub say_absent {
  my ($path, $location) = @_;
  my $file;
  for (my $at = $location || $server; $at && !defined $file; $at = $at->{around}) {
    for (@{$at->{directives}}) {
      $file = "$_->{args}[0]$path" if $_->{name} eq "root";
      $file = $_->{args}[0] . substr $path, length $at->{args}[-1] if $_->{name} eq "alias" && @{$at->{args}} && index($path, $at->{args}[-1]) == 0;
    }
  }
  return unless defined $file && $file =~ m{^/[^\$]*$};
  my $so_far = "";
  for (grep { length } split m{/+}, $file) {
    $so_far .= "/$_";
    my ($owner, $of_target) = ((lstat $so_far)[4], (stat $so_far)[4]);
    if (-l $so_far && defined $of_target) { print join("\t", "linked", $path, 0, $owner == $of_target ? "same" : "other", substr $so_far . " -> " . (readlink($so_far) // "?"), 0, 200), "\n" }
    next if -e $so_far;
    print join("\t", "linked", $path, 0, "unseen", substr $so_far, 0, 200), "\n" if $! == 13;
    print join("\t", "absent", $path, 0, "-", substr $so_far, 0, 200), "\n" if $! == $ENOENT;
    last;
  }
}
1;

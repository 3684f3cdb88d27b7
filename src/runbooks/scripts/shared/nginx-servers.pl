# Servers of nginx's configuration, and where they lead to. Another script has it by
# `require "../shared/nginx-servers.pl";`, after `require "../shared/paths.pl";`.
#
# nginx_servers($file): a hash each: file, listens (what stands behind listen), names, certificates ([directive, path] of
#   it and of what it has from above), leads (a hash each: scheme, and host with port, or socket: a file). Includes are
#   read where they stand, however often. Without scheme "" (as in stream). An upstream's members are its leads. What has
#   a variable that is not set beside it is left out.

use strict;
use warnings;

my $nginx_folder;
my ($bytes_left, $files_left);
my (@servers, %groups);

sub nginx_servers {
  my ($file) = @_;
  ($nginx_folder) = $file =~ m{^(.*/)};
  ($bytes_left, $files_left, @servers, %groups) = (1 << 21, 300);
  read_nginx_file($file, [{}], 0) if defined $nginx_folder;
  for my $server (@servers) {
    $server->{leads} = [map { leads_of($_, $server->{set}) } @{$server->{passes}}];
    my %own = map { $_->[0] => 1 } @{$server->{own}};
    $server->{certificates} = [@{$server->{own}}, grep { !$own{$_->[0]} } @{$server->{above}}];
  }
  return @servers;
}

my $tls_file = qr/^(?:(?:proxy|grpc|uwsgi)_)?ssl_(?:certificate(?:_key)?|trusted_certificate|client_certificate)$/;

# $stack: the blocks that a word stands in, the innermost last. $depth: of includes, which may go round in a circle.
sub read_nginx_file {
  my ($file, $stack, $depth) = @_;
  return if $depth > 8 || $files_left-- <= 0 || $bytes_left <= 0 || !-f $file;
  open my $in, "<", $file or return;
  $bytes_left -= read($in, my $text, 1 << 18) // return;
  my @words;
  while ($text =~ /\G(?:\s+|#[^\n]*|"((?:[^"\\]+|\\.)*+)"|'((?:[^'\\]+|\\.)*+)'|([{};])|((?:\$\{\w+\}|\\.|[^\s{};\\])+))/gcs) {
    my ($word, $mark) = ($1 // $2 // $4, $3);
    if (!defined $mark) { push @words, $word if defined $word; next }
    my ($name, @rest) = @words;
    @words = ();
    if ($mark eq "}") { pop @$stack if @$stack > 1 }
    elsif ($mark eq "{") { push @$stack, block($file, $stack->[-1], $name // "", @rest) }
    elsif (!defined $name) { next }
    elsif ($name eq "include") { read_nginx_file($_, $stack, $depth + 1) for map { included($_) } @rest }
    else { directive($stack->[-1], $name, @rest) }
  }
}

sub included {
  my ($pattern) = @_;
  $pattern = $nginx_folder . $pattern unless $pattern =~ m{^/};
  return sort(paths_like($pattern =~ s/\\/\\\\/gr));
}

sub block {
  my ($file, $around, $name, @rest) = @_;
  my $block = { server => $around->{server}, above => $around->{above} //= [] };
  if ($name eq "upstream") { $block->{group} = $groups{$rest[0] // ""} //= [] }
  elsif ($name eq "server") {
    my %empty = (listens => [], names => [], passes => [], set => {}, own => []);
    $block->{server} = { file => $file, above => $around->{above}, %empty };
    push @servers, $block->{server};
  }
  return $block;
}

sub directive {
  my ($block, $name, @rest) = @_;
  my ($server, $value) = ($block->{server}, $rest[0] // "");
  if ($block->{group}) { push @{$block->{group}}, $value if $name eq "server" }
  elsif ($name =~ $tls_file) { push @{$server ? $server->{own} : $block->{above} //= []}, [$name, $value] }
  elsif (!$server) { return }
  elsif ($name eq "listen") { push @{$server->{listens}}, "@rest" }
  elsif ($name eq "server_name") { push @{$server->{names}}, @rest }
  elsif ($name eq "set") { $server->{set}{$value} = $rest[1] // "" }
  elsif ($name =~ /^(?:proxy|grpc|uwsgi)_pass$/) { push @{$server->{passes}}, $value }
}

sub leads_of {
  my ($pass, $set) = @_;
  $pass =~ s/(\$\w+)/$set->{$1} \/\/ $1/ge;
  my ($scheme, $to) = $pass =~ m{^(?:([a-z]+)://)?(unix:[^:\s]+|[^/\s\$]+)} or return;
  $scheme //= "";
  my @found;
  my $group = $groups{$to} ? $to : "";
  for my $member ($groups{$to} ? @{$groups{$to}} : $to) {
    if ($member =~ m{^unix:(/[^:\s\$]+)}) { push @found, { scheme => $scheme, group => $group, socket => $1 } }
    elsif ($member =~ /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/) {
      push @found, { scheme => $scheme, group => $group, host => $1, port => $2 // ($scheme =~ /^(?:https|grpcs)$/ ? 443 : 80) };
    }
  }
  return @found;
}

1;

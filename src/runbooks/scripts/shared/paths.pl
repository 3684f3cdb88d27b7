# Paths that fit a pattern, as glob(7) has them: perl's own glob loads modules for 4 ms of the host's CPU. Another script has it by
# `require "../shared/paths.pl";`.
#
# paths_like($pattern): those that are there, in their order; a pattern without *, ? and [...] is its own answer, there or not. A backslash takes the
#   next character as it is; spaces, braces and ~ mean nothing.
# as_it_is($path): the path for a pattern that shall mean this path alone.
# real_path($path): without links, . and ..; undef where a part of it is not there.
# process_ids(): the ids of all processes.

use strict;

sub as_it_is { return $_[0] =~ s/([\\*?\[])/\\$1/gr }

sub paths_like {
  my ($pattern) = @_;
  return $pattern =~ s/\\(.)/$1/gsr unless has_wildcard($pattern);
  my @found = $pattern =~ m{^/} ? "/" : "";
  for my $part (grep { $_ ne "" } split m{/}, $pattern) {
    my $name = $part =~ s/\\(.)/$1/gsr;
    if (has_wildcard($part)) { @found = map { fitting($_, $part) } @found }
    else { @found = map { $_ . $name } @found }
    $_ .= "/" for @found;
  }
  s{/$}{} for @found;
  return sort { lc $a cmp lc $b or $a cmp $b } grep { lstat } @found;
}

sub has_wildcard { return ($_[0] =~ s/\\.//gsr) =~ /[*?\[]/ }

sub fitting {
  my ($folder, $part) = @_;
  opendir my $in, $folder eq "" ? "." : $folder or return;
  my $one = sub {
    my ($token) = @_;
    return $token eq "*" ? ".*" : $token eq "?" ? "." : quotemeta $token =~ s/^\\(?=.)//sr unless $token =~ /^\[(!?)(.+)\]$/s;
    return "[" . ($1 ? "^" : "") . ($2 =~ s/([\\\[\]^])/\\$1/gr) . "]";
  };
  my $fits = join "", map { $one->($_) } $part =~ /(\\.|\[!?\]?[^\]]*\]|.)/gs;
  # A range that is reversed fits nothing.
  my $name = eval { qr/\A$fits\z/s } // return;
  return map { $folder . $_ } grep { $_ =~ $name && (!/^\./ || $part =~ /^\\?\./) && !/^\.\.?$/ } readdir $in;
}

sub real_path {
  my ($path) = @_;
  my ($at, $links, @left) = ("", 0, split m{/}, $path);
  while (defined(my $part = shift @left)) {
    next if $part eq "" || $part eq ".";
    if ($part eq "..") { $at =~ s{/[^/]*$}{}; next }
    my $to = readlink "$at/$part";
    if (defined $to) {
      return if ++$links > 40;
      $at = "" if $to =~ m{^/};
      unshift @left, split m{/}, $to;
    } else { return unless lstat($at .= "/$part") }
  }
  return $at eq "" ? "/" : $at;
}

sub process_ids {
  opendir my $in, "/proc" or return;
  return grep { /^\d+$/ } readdir $in;
}

1;

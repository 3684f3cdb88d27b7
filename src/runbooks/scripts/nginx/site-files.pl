#!/usr/bin/perl
# Which files of sites does nginx not read, and which of those that it reads are copies of another one?
#
# Debian keeps the sites in sites-available, and nginx reads the links to them in sites-enabled. A pattern of an include may leave a file out; a copy
# in place of the link keeps what the file beside it was.
#
# Reads: nginx.conf and what it includes; the files of sites-enabled, conf.d and sites-available beside it, 200 of each at most.
# Prints: tab-separated lines of six: left-out, the file, the place of the include of its folder (- where none names it), its pattern, -, -; copy, the file,
#   the one in sites-available with another text, the place of the first line that differs (of listen,
#   proxy_pass, root, server and server_name, else of any), that line and the other's in its place (- of other directives); then === end.
# Needs: to read them (77 where it may not, 127 without nginx).
# Arguments: nginxFile.

use strict;
use warnings;
require "../shared/paths.pl";
my ($main) = @ARGV;
exit 127 if !-e $main;
my $root = $main =~ s{[^/]*$}{}r;
my (%read, %include);
my $denied = 0;
sub lines_of_file {
  my ($file) = @_;
  return unless -f $file;
  open my $in, "<", $file or do { $denied = 1; return };
  return map { s/[\r\n]+$//r } <$in>;
}
sub follow {
  my ($file) = @_;
  return if $read{$file}++ || keys %read > 500;
  my $n = 0;
  for (lines_of_file($file)) {
    $n++;
    next unless /^\s*include\s+(["\x27]?)([^;\s"\x27]+)\1\s*;/;
    my $named = $2;
    my $pattern = $named =~ m{^/} ? $named : "$root$named";
    my ($folder) = $pattern =~ m{^([^*?\[]*)/};
    $include{$folder} //= ["$file:$n", $named] if $pattern =~ /[*?\[]/;
    follow($_) for paths_like($pattern);
  }
}
follow($main);

sub say_row { print join("\t", map { s/[^ -~]/?/gr =~ s/^$/-/r } map { substr $_, 0, 200 } @_), "\n" }
sub files_in { my ($folder) = @_; my @all = paths_like(as_it_is($folder) . "/*"); return @all > 200 ? @all[0 .. 199] : @all }
my $shown = qr/^\s*(?:listen|proxy_pass|root|server|server_name)\s[^;{}]*;/;
sub plain { my ($line) = @_; return $line =~ $shown ? $line =~ s/^\s+|\s+$//gr : "-" }

for my $folder ("${root}sites-enabled", "${root}conf.d") {
  for my $file (files_in($folder)) {
    next if $read{$file} || $file =~ /(?:~|\.(?:bak|dpkg-\w+|disabled|off|old|orig|rpm\w+|sav\w*|swp))$/;
    next unless grep { /^\s*(?:server|upstream\s+\S+)\s*\{/ } lines_of_file($file);
    my ($place, $pattern) = @{ $include{$folder} // ["-", "-"] };
    say_row("left-out", $file, $place, $pattern, "-", "-");
  }
}
for my $file (grep { $read{$_} && !-l } files_in("${root}sites-enabled")) {
  my $other = $file =~ s{/sites-enabled/}{/sites-available/}r;
  # What differs by comments and blanks alone is the same.
  my ($here, $there) = map { my $n = 0; [map { $n++; /^\s*(?:#|$)/ ? () : [$n, $_] } lines_of_file($_)] } $file, $other;
  next unless @$there;
  my @differ = grep { !$there->[$_] || $here->[$_][1] =~ s/^\s+|\s+$//gr ne $there->[$_][1] =~ s/^\s+|\s+$//gr } 0 .. $#$here;
  push @differ, $#$here if !@differ && @$there > @$here;
  # Of these the first that says where something is.
  my $at = (grep({ plain($here->[$_][1]) ne "-" } @differ), @differ)[0] // next;
  say_row("copy", $file, $other, "$file:$here->[$at][0]", plain($here->[$at][1]), $there->[$at] ? plain($there->[$at][1]) : "-");
}
print "=== end\n";
exit($denied ? 77 : 0);

#!/usr/bin/perl
# Part of configuration.sh, which says what it answers.

require "../shared/paths.pl";
# Numbers of errno(3): the module Errno takes 3 ms of CPU to load.
my $EACCES = 13;
my ($main) = @ARGV;
my $root = $main =~ s{[^/]*$}{}r;
my ($denied, %seen) = (0);
my $tables = qr{/(?:mime\.types|koi-utf|koi-win|win-utf|fastcgi\.conf|(?:fastcgi|scgi|uwsgi)_params)$};
sub show {
  my ($file) = @_;
  return if $seen{$file}++ || $file =~ $tables;
  open my $in, "<", $file or do { $denied++ if $! == $EACCES; print STDERR "$file: $!\n"; return };
  my @lines = <$in>;
  my $text = join "", grep { !/^\s*#/ || ($_ = "\n") } @lines;
  print "# configuration file $file:\n", $text, "\n";
  for (@lines) {
    next unless /^\s*include\s+(["\x27]?)([^;\s"\x27]+)\1\s*;/;
    my $pattern = substr($2, 0, 1) eq "/" ? $2 : "$root$2";
    my ($folder) = $pattern =~ m{^([^*?\[]*)/};
    closed($folder) if $pattern =~ m{[*?\[]};
    show($_) for sort(paths_like($pattern));
  }
}
# A folder that may not be listed, or not be entered, looks as an empty one to a pattern.
sub closed {
  my ($folder) = @_;
  return if -e $folder ? -r _ && -x _ : $! != $EACCES;
  $denied++;
  print STDERR "$folder: Permission denied\n";
}
show($main);
exit($denied ? 77 : 0)

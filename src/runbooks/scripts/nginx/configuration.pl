#!/usr/bin/perl
# Part of configuration.sh, which says what it answers.

my ($main) = @ARGV;
my $root = $main =~ s{[^/]*$}{}r;
my ($size, $denied, %seen) = (0, 0);
sub show {
  my ($file) = @_;
  return if $seen{$file}++ || $file =~ m{/(mime\.types|koi-|win-utf|fastcgi|scgi_params|uwsgi_params)};
  open my $in, "<", $file or do { $denied++ if $!{EACCES}; print STDERR "$file: $!\n"; return };
  my @lines = <$in>;
  my $text = join "", grep { !/^\s*#/ || ($_ = "\n") } @lines;
  return if ($size += length $text) > 60000;
  print "# configuration file $file:\n", $text, "\n";
  for (@lines) {
    next unless /^\s*include\s+([^;\s]+)\s*;/;
    my $pattern = $1;
    show($_) for sort glob substr($pattern, 0, 1) eq "/" ? $pattern : "$root$pattern";
  }
}
show($main);
exit($denied ? 77 : 0)

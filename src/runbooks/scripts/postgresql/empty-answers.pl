#!/usr/bin/perl
# Part of empty-answers.sh, which says what it answers.

my ($path, $query, $bytes) = m{"GET (/[^ ?"]{1,120})(\S*) HTTP/[0-9.]+" 200 ([0-9]+)} or next;
if ($bytes > 20) { $then{$path}++ if $empty{$path} } elsif ($query eq "") { $empty{$path}++; $then{$path} = 0 }
END {
  my @most = (sort { $empty{$b} <=> $empty{$a} or $a cmp $b } keys %empty);
  printf "%d\t%d\t%s\n", $empty{$_}, $then{$_}, $_ =~ s/[^ -~]/?/gr for grep { defined } @most[0 .. 29];
}

#!/usr/bin/perl
# Part of socket-units.sh, which says what it answers.

my %is = /^(Id|ActiveState|Triggers|FragmentPath)=(.+)$/mg;
next unless $is{Id} && ($is{ActiveState} // "") eq "active";
print join("\t", map { s/[^ -~]/?/gr } $is{Id}, $1, $is{Triggers} // "-", $is{FragmentPath} // "-"), "\n" while /^Listen=(\S*\d) \(Stream\)$/mg

#!/usr/bin/perl
# Which password files does nginx check itself, and how much does it compute for one check?
#
# A worker of nginx computes the hash at each request of such a location, and serves nobody else meanwhile (crypt(3), crypt(5)).
#
# Reads: the configuration of nginx where it usually lies, and the password files that it names.
# Prints: tab-separated lines: FILE:LINE of auth_basic_user_file, its location, the password file, its most costly method ("-" where none
#   names its cost, closed where this login may not read the file), and 1 where that takes about a tenth of a second or more; then === end. Never a name or a hash.
# Needs: perl-base; to read the password files.

use strict;
use warnings;
require "../shared/paths.pl";

# SHA-crypt does about two million rounds a second, bcrypt doubles with each step (10 is usual).
sub cost {
  my ($text) = @_;
  my ($most, $said) = (0, "-");
  for ($text =~ /^[^:\n#]+:([^:\n]+)/mg) {
    my ($weight, $method) = /^\$[56]\$rounds=(\d{1,9})\$/ ? ($1 / 200_000, "rounds=$1") : /^\$2[abxy]\$(\d\d)\$/ ? (2 ** ($1 - 11), "bcrypt cost $1") : next;
    ($most, $said) = ($weight, $method) if $weight > $most;
  }
  return ($said, $most >= 1 ? 1 : 0);
}

my %seen;
for my $file (map { paths_like($_) } qw(/etc/nginx/nginx.conf /etc/nginx/conf.d/*.conf /etc/nginx/sites-enabled/* /etc/nginx/snippets/*)) {
  -f $file && open my $in, "<", $file or next;
  my $location = "-";
  while (my $line = <$in>) {
    $location = $1 if $line =~ /^\s*location\s+(.*?)\s*\{/;
    my ($named) = $line =~ /^[^#]*\bauth_basic_user_file\s+"?([^\s";]+)/ or next;
    my $path = $named =~ m{^/} ? $named : "/etc/nginx/$named";
    my ($said, $heavy) = ("closed", 0);
    if (open my $passwords, "<", $path) { read $passwords, my $text, 1 << 20; ($said, $heavy) = cost($text // "") }
    elsif (!-e $path && -x $path =~ s{/[^/]*$}{}r) { next }
    print join("\t", map { s/[^ -~]/?/gr } "$file:$.", $location, $path, $said, $heavy), "\n" unless $seen{$path}++;
    last if keys %seen >= 50;
  }
}
print "=== end\n";

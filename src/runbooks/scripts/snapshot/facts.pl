#!/usr/bin/perl
# Part of files.sh, system.sh and database.sh: prints their facts as a snapshot has them, within the bytes that a probe
# may print. A line of the input is: area, key, number, value, parted by tabs, and `end` once nothing is missing.

use strict;
my ($name, %most) = map { /^(\w+)=(\d+)$/ ? ($1, $2) : $_ } @ARGV;
# Together below the 64 KB that are kept of a probe's answer.
my ($room, $room_for_unseen) = (53_000, 6_000);
my %may_hold_secret = map { $_ => 1 } qw(line setting unit hba);
my ($used, %used, @unseen, %unseen_seen, $whole);
# perl-base, which is all that Debian promises, has no Digest::MD5.
my $fast = eval { require Digest::MD5; 1 };
sub md5 { $fast ? Digest::MD5::md5_hex($_[0]) : slow_md5($_[0]) }

sub slow_md5 {
  my ($text) = @_;
  my @turn = ((7, 12, 17, 22) x 4, (5, 9, 14, 20) x 4, (4, 11, 16, 23) x 4, (6, 10, 15, 21) x 4);
  my @sum = (0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  my $padded = $text . "\x80" . "\0" x ((55 - length $text) % 64) . pack "VV", 8 * length $text, 0;
  for my $block (unpack "(a64)*", $padded) {
    my @word = unpack "V16", $block;
    my ($a, $b, $c, $d) = @sum;
    for my $i (0 .. 63) {
      my ($mix, $at) =
          $i < 16 ? ($b & $c | ~$b & $d, $i)
        : $i < 32 ? ($d & $b | ~$d & $c, 5 * $i + 1)
        : $i < 48 ? ($b ^ $c ^ $d, 3 * $i + 5)
        :           ($c ^ ($b | ~$d & 0xffffffff), 7 * $i);
      my $sine = int abs(sin $i + 1) * 2**32;
      my $x = ($a + ($mix & 0xffffffff) + $sine + $word[$at % 16]) & 0xffffffff;
      my $turned = ($x << $turn[$i] | $x >> 32 - $turn[$i]) & 0xffffffff;
      ($a, $d, $c, $b) = ($d, $c, $b, ($b + $turned) & 0xffffffff);
    }
    my @add = ($a, $b, $c, $d);
    $sum[$_] = ($sum[$_] + $add[$_]) & 0xffffffff for 0 .. 3;
  }
  unpack "H*", pack "V4", @sum;
}

# Not in the middle of a character of UTF-8.
sub cut {
  my ($text, $bytes) = @_;
  return $text if length $text <= $bytes;
  my $start = substr $text, 0, $bytes;
  $start =~ s/[\xc0-\xff][\x80-\xbf]*$// if substr($text, $bytes, 1) =~ /[\x80-\xbf]/;
  $start;
}

# The bot hides secrets once more, by more rules. What is plain already here never leaves the host.
sub without_secrets {
  my ($value) = @_;
  my $words = "passw(?:or)?d|passphrase|passwd|pwd|secret|token|api_?key|access_?key|signing_?key|encryption_?key|" .
    "private_?key|credentials?|dsn";
  my $plain = qr/["\x27]?(?:[\/\$]|(?:true|false|yes|no|on|off|none|null|\d{1,4}|md5|scram-sha-256)["\x27;,]*$)/i;
  $value =~ s/((?:^|[\s;"\x27{,])[\w.-]*(?:$words)[\w.-]*["\x27]?\s*[:=]\s*)(?!$plain)\S.*$/$1(hidden)/i;
  $value =~ s/(\b(?:requirepass|masterauth|authorization|[\w-]+-(?:key|token|secret))\s+)(?!$plain)\S.*$/$1(hidden)/i;
  $value =~ s{(://[^\s:/\@]*:)[^\s\@/]+\@}{$1(hidden)\@}g;
  $value;
}

sub as_line {
  my ($area, $key, $number, $value) = @_;
  my $check = $may_hold_secret{$area} ? substr md5($value), 0, 3 : "";
  $value =~ s/\r$/\\r/;
  $value = without_secrets($value) if $check ne "";
  for ($key, $value) { s/[\x00-\x1f\x7f]/ /g; s/ +$// }
  $key = cut($key, 280) . "... " . substr(md5($key), 0, 12) if length $key > 300;
  # Of what may be a secret, nobody can try out what the rest is.
  if (length $value > 300) {
    $value = $check ne "" ? cut($value, 300) : cut($value, 280) . "... " . substr md5($value), 0, 12;
  }
  join("\t", $area, $key, $number, $check, $value) . "\n";
}

sub unseen {
  my ($area, $said) = @_;
  s/[\x00-\x1f\x7f]/ /g for $area, $said;
  push @unseen, [$area, $said] unless $unseen_seen{"$area\t$said"}++;
}

# All lines of a file, or none.
sub print_group {
  my ($area, $key, @lines) = @_;
  my $bytes = 0;
  $bytes += length for @lines;
  if ($used + $bytes <= $room && $used{$area} + $bytes <= ($most{$area} // $room)) {
    print @lines;
    $used += $bytes;
    $used{$area} += $bytes;
  } else { unseen($area, start_of($key) . ": no room left") }
}

# What names a file or a table, or else its neighbours in the alphabet.
sub start_of {
  my ($key) = @_;
  return $key if $key =~ m{^/};
  return $1 if $name eq "database" && $key =~ /^((?:[^.]+\.){2}[^.]+)/;
  $key =~ /^(lib.|.)/ ? $1 : "";
}

my ($area, $key, @lines) = ("", "");
while (<STDIN>) {
  chomp;
  if ($_ eq "end") { $whole = 1; last }
  my @fact = split /\t/, $_, 4;
  next if @fact < 4;
  if ($fact[0] eq "unseen") { unseen(@fact[1, 3]); next }
  if ($fact[0] ne $area || $fact[1] ne $key) {
    print_group($area, $key, @lines) if @lines;
    ($area, $key, @lines) = @fact[0, 1];
  }
  # No one needs the number itself, and it is not to be known beyond the host (machine-id(5)).
  $fact[3] = substr md5($fact[3]), 0, 12 if "@fact[0, 1]" eq "host machine-id";
  push @lines, as_line(@fact);
}
print_group($area, $key, @lines) if @lines;
exit 1 unless $whole;
my %left = map { ($_->[0] => 1) } @unseen;
my $left = $room_for_unseen - 40 * keys %left;
my (%full, @told);
for (@unseen) {
  my $line = "unseen\t$_->[0]\t\t\t" . cut($_->[1], 400) . "\n";
  if (($left -= length $line) < 0) { $full{$_->[0]} = 1 } else { push @told, $line }
}
push @told, "unseen\t$_\t\t\t: no room left\n" for sort keys %full;
print @told, "end\t\t\t\t$name\n";

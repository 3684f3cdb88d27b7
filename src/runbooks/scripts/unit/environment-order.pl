#!/usr/bin/perl
# Part of environment-order.sh, which says what it answers.

require "../shared/paths.pl";
# Numbers of errno(3): the module Errno takes 3 ms of CPU to load.
my $ENOENT = 2;
# What systemd makes of a value that stands there otherwise (systemd.unit(5), systemd.exec(5)): a specifier is replaced, and one that it does not know has it
# ignore the line; a space ends a value without quotes, and a backslash takes the next character with it.
my $specifier = qr/[aAbBCdDEfgGhHiIjJlLmMnNopPqsStTuUvVwWyY]/;
sub misread {
  my ($value, $bare_end, $all) = @_;
  my $plain = $value =~ s/%%//gr;
  return ($plain =~ /%(?!$specifier)/ ? "unknown" : $plain =~ /%/ ? "specifier" : (), $value =~ /\\[^"\x27\\ ]/ ? "escape" : (),
    defined $bare_end && substr($all, $bare_end) =~ /^\s+(?!["\x27]?\w+=)\S/ ? "cut" : ());
}
# What of a line goes on in the next one (systemd's env-file.c): a quote that is not closed, a backslash at the end, or nothing.
sub open_end {
  my ($text, $in) = @_;
  while (1) {
    if ($in eq "") {
      $text =~ s/^[ \t\r]+//;
      return "" if $text eq "";
      $in = $text =~ s/^(["\x27])// ? $1 : "\\";
    }
    $text =~ s/\\.//g if $in ne "\x27";
    return $text =~ /\\$/ ? $in : "" if $in eq "\\";
    return $in unless $text =~ s/^[^$in]*$in//;
    $in = "";
  }
}
my ($file, $n, $order, @sources) = ("-", 0, 0);
while (<STDIN>) {
  chomp;
  if (m{^# (/\S.*)$}) { ($file, $n) = ($1, 0); next }
  $n++;
  # What the manager gives every unit stays where a unit takes its own back (systemd-system.conf(5)).
  if (/^\s*(Default)?Environment\s*=\s*(.*)/) {
    my ($of, $all) = ($1 // "", $2);
    if ($all eq "") { @sources = grep { $_->[0] eq "file" || $_->[3] ne $of } @sources; next }
    while ($all =~ /"(\w+)=([^"]*)"|\x27(\w+)=([^\x27]*)\x27|(\w+)=(\S*)/g) {
      my ($name, $value, $bare_end) = ($1 // $3 // $5, $2 // $4 // $6, defined $5 ? $+[0] : undef);
      push @sources, ["set", "$file:$n", [$name, $value], $of];
      push @sources, map { [$_, "$file:$n", $name, $of] } misread($value, $bare_end, $all);
    }
  } elsif (/^\s*EnvironmentFile\s*=\s*-?(.*?)\s*$/) {
    if ($1 eq "") { @sources = grep { $_->[0] ne "file" } @sources }
    else { push @sources, ["file", "$file:$n", $_] for paths_like($1) }
  }
}
my (%class, %count);
my $say = sub { print join("\t", map { s/[^ -~]/?/gr } @_), "\n" };
my $set = sub {
  my ($at, $name, $value, $place) = @_;
  $value =~ s/^\s+|\s+$//g;
  $value =~ s/^(["\x27])(.*)\1$/$2/;
  $class{"$name\n$value"} //= ++$count{$name};
  $say->("set", $at, $name, $class{"$name\n$value"}, $place);
};
$set->(0, @{$_->[2]}, $_->[1]) for grep { $_->[0] eq "set" } @sources;
# The last of a name counts.
my %last = map { $_->[2][0] => $_->[1] } grep { $_->[0] eq "set" } @sources;
$say->($_->[0], 0, $_->[2], 0, $_->[1]) for grep { $_->[0] !~ /^(?:set|file)$/ && $last{$_->[2]} eq $_->[1] } @sources;
for my $source (grep { $_->[0] eq "file" } @sources) {
  $order++;
  my $in;
  my $open = open $in, "<", $source->[2];
  next if !$open && $! == $ENOENT;
  $say->($open ? "file" : "closed", $order, $source->[2], 0, $source->[1]);
  next unless $open;
  my ($line, $within, $holder, $since) = (0, "");
  while (<$in>) {
    chomp;
    $line++;
    my ($name, $value) = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)/;
    if ($within ne "") {
      # A key that has several lines stands in quotes as well, and the last line of its base64 ends with what looks like a name without a value.
      my $is_name = defined $name && $name =~ /^[A-Z][A-Z0-9_]{0,63}$/ && $value =~ /[^=\s]/;
      $say->("swallowed", $order, "$holder$within$name", $since, "$source->[2]:$line") if $is_name;
      $within = open_end($_, $within);
      next;
    }
    next unless defined $name;
    ($holder, $since) = ($name, $line);
    $set->($order, $name, $value, "$source->[2]:$line");
    $within = open_end($value, "");
  }
}
print "=== end\n"

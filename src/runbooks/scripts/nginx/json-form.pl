# What is wrong with a text that should be JSON, and its form, for answers-compared.pl, which has first_of, shown and say_row.
#
# json($text): its value, in which scalars are what kind they are; or undef, and what is wrong with it.
# form($value, $path, \%fields, $depth): how often each field is there, and the kinds of its values.
# say_form($path, $value): the rows of that.
# say_mostly($path, $text): what most of a list is said to be in, where that is bad: of the usual words for it, and no other value.

use strict;
use warnings;
my $now = time;

# Scalars become what kind they are; objects and lists stay what they are.
sub json {
  local $_ = $_[0];
  s/\A\x{ef}\x{bb}\x{bf}//;
  # A prefix that keeps other sites from reading it; clients take it off.
  s/\A\)\]\}',?\r?\n//;
  my $reader = { key => "" };
  # Who only asks whether somebody is there reads no body.
  return if /\A\s*\z/;
  my $value = eval { value($reader, 0) };
  if (!defined $value) { return (undef, wrong($reader)) }
  # A document a line.
  my @all = $value;
  while (!/\G\s*\z/gc) {
    my $next = /\G[ \t\r]*\n\s*/gc ? eval { value($reader, 0) } : undef;
    return (undef, "it goes on after its end") unless defined $next;
    push @all, $next if @all < 50;
  }
  return @all > 1 ? \@all : $value;
}

sub value {
  my ($reader, $depth) = @_;
  die if $depth > 60;
  /\G\s+/gc;
  if (/\G"((?:[^"\\\x00-\x1f]|\\.)*+)"/gcs) { return text_kind($1) }
  if (/\G(-?(?:0|[1-9]\d*)(\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/gc) { return number_kind($1) }
  if (/\G(?:true|false)\b/gc) { return "boolean" }
  if (/\Gnull\b/gc) { return "null" }
  if (/\G\[/gc) {
    my @list;
    return \@list if /\G\s*\]/gc;
    while (1) {
      push @list, value($reader, $depth + 1);
      return \@list if /\G\s*\]/gc;
      /\G\s*,/gc or die;
    }
  }
  if (/\G\{/gc) {
    my %object;
    return \%object if /\G\s*\}/gc;
    while (1) {
      /\G\s*"((?:[^"\\\x00-\x1f]|\\.)*+)"\s*:/gcs or die;
      $reader->{key} = my $key = $1;
      $object{$key} = value($reader, $depth + 1);
      return \%object if /\G\s*\}/gc;
      /\G\s*,/gc or die;
    }
  }
  die;
}

sub wrong {
  my ($reader) = @_;
  my $at = $reader->{key} eq "" ? "" : " after the key " . shown($reader->{key}, 40);
  /\G\s+/gc;
  return "it is HTML" if /\A\s*<(?:!doctype|html|head|body|title|h1)\b/i;
  return "it begins with HTML" if /\A\s*</;
  return "$1 is no number of JSON$at" if /\G(-?(?:NaN|Infinity|inf))\b/gci;
  return "it breaks off$at" if /\G\z/gc || /\G"(?:[^"\\]|\\.)*\z/gcs;
  return "$1 is no word of JSON$at" if /\G(None|True|False|undefined)\b/gc;
  return "it is no JSON" . ($at || " from its beginning");
}

# Since 1970; days of the Gregorian calendar, years beginning in March.
sub seconds {
  my ($y, $m, $d, $H, $M, $S, $zone) = @_;
  ($y, $m) = $m < 3 ? ($y - 1, $m + 9) : ($y, $m - 3);
  my $days = 365 * $y + int($y / 4) - int($y / 100) + int($y / 400) + int((153 * $m + 2) / 5) + $d - 719469;
  my ($sign, $oh, $om) = $zone =~ /^([+-])(\d\d):?(\d\d)?$/;
  return $days * 86400 + $H * 3600 + $M * 60 + $S - ($sign ? ($sign eq "-" ? -1 : 1) * ($oh * 3600 + ($om // 0) * 60) : 0);
}
# With what of it is no matter of form, yet part of what is usual: where a time lies.
sub text_kind {
  my ($text) = @_;
  return "empty text" if $text eq "";
  if ($text =~ /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?$/) {
    return "time without zone" unless defined $7;
    my $age = $now - seconds($1, $2, $3, $4, $5, $6 // 0, $7);
    return "time with zone" . ($age < -600 ? "\t\@ahead" : $age <= 600 ? "\t\@fresh" : $age > 3600 ? "\t\@old" : "");
  }
  return $text =~ /^\d{4}-\d\d-\d\d$/ ? "date" : $text =~ /^-?\d+(?:\.\d+)?$/ ? "number in quotes" : "text";
}
sub number_kind {
  my ($number) = @_;
  return "zero" if $number =~ /^-?0(?:\.0+)?$/;
  return $number =~ /^-?\d+(?:\.0+)?$/ ? "whole number" : "fraction";
}

# Field by field: how often it is there, of how many objects, and the kinds of its values.
sub form {
  my ($value, $path, $fields, $depth) = @_;
  my $kind = ref $value eq "ARRAY" ? (@$value ? @$value < 10 ? "list\t\@short" : "list\t\@long" : "empty list") : ref $value ? "object" : $value;
  my $field = $fields->{$path} //= { seen => 0, of => 0, kinds => {} };
  $field->{seen}++;
  $field->{kinds}{$_}++ for split /\t/, $kind;
  return if $depth > 6 || !ref $value || keys %$fields > 80;
  if (ref $value eq "ARRAY") {
    form($_, "$path\[]", $fields, $depth + 1) for first_of(200, @$value);
    return;
  }
  my $at = $path eq "" ? "" : "$path.";
  if (is_map($value)) { form($value->{$_}, "$at*", $fields, $depth + 1) for first_of(200, sort keys %$value); return }
  $field->{objects}++;
  form($value->{$_}, $at . shown($_ =~ s/\s/_/gr, 40), $fields, $depth + 1) for sort keys %$value;
}

# Of many things by their names or ids: its keys are data.
sub is_map {
  my ($object) = @_;
  my @keys = keys %$object;
  return 1 if @keys > 40 || 2 * grep({ /\d|[^\w-]|.{40}/ } @keys) > @keys;
  my @inner = map { ref $_ eq "HASH" ? join "\t", sort keys %$_ : "\0" } values %$object;
  return @keys > 1 && $inner[0] ne "\0" && !grep { $_ ne $inner[0] } @inner;
}

sub say_form {
  my ($path, $value) = @_;
  my %fields;
  form($value, "", \%fields, 0);
  for my $name (first_of(40, sort keys %fields)) {
    my $field = $fields{$name};
    my ($above) = $name =~ /^(.*?)\.?[^.]+$/s;
    my $of = $name eq "" || $name =~ /\[\]$|(?:^|\.)\*$/ ? $field->{seen} : $fields{$above // ""}{objects} // $field->{seen};
    my $always = $field->{seen} >= $of ? "always" : "sometimes";
    say_row("answer", "$path " . ($name eq "" ? "(all)" : $name), $field->{seen}, "-", "$always: " . join ", ", sort keys %{$field->{kinds}});
  }
}

sub say_mostly {
  my ($path, $text) = @_;
  my (%all, %bad);
  while ($text =~ /"(state|status|health|condition)"\s*:\s*"([^"\\]{1,20})"/g) {
    my ($field, $is) = ($1, lc $2);
    $all{$field}++;
    $bad{$field}{$is}++ if $is =~ /^(?:down|offline|unreachable|unavailable|disconnected|dead|lost|stale|missing|failed|critical)$/;
  }
  for my $field (sort keys %bad) {
    my ($word) = sort { $bad{$field}{$b} <=> $bad{$field}{$a} or $a cmp $b } keys %{$bad{$field}};
    my $count = $bad{$field}{$word};
    say_row("mostly", "$path $field", $count, $all{$field}, $word) if $count >= 3 && $count * 3 >= $all{$field} * 2;
  }
}
1;

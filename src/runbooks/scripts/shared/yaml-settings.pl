# Where config.yaml says that the database is, as a reader of YAML has it. Another script has it by
# `require "../shared/yaml-settings.pl";`, after `require "../shared/unit-settings.pl";`.
#
# database_in_yaml($file): kind, user, host, port, name, file as connection_of has them; and why, where the file is there and
#   does not say it: it is no YAML, too large, names several databases, or says it in a way that is not read here. None
#   where the file is not there or says nothing of a database. is_closed: this login may not read it.
# database_in_environment(\%set, $prefix): user, host, port, name of the settings NAME_HOST and the like; the prefix is a pattern.
# filled(%of): those that are not empty.
#   What it says of a password is never among that, nor are words of the file in why: they may be one.

use strict;
use warnings;

my $largest = 256 << 10;
my $section_name = qr/^(?:database|db|postgres|postgresql|pg|sql)$/i;
my $url_name = qr/^(?:(?:database|db|postgres|postgresql|pg|sql|sqlalchemy)_?)?(?:database_?)?(?:ur[il]|dsn)$/i;
my %part_of = (host => "host", hostname => "host", server => "host", port => "port", user => "user", username => "user", role => "user",
  name => "name", dbname => "name", database => "name", db => "name", path => "file", file => "file", filename => "file");
my $word = qr/"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'#\[\]{},&*!|>%@`:-][^:#]*?(?::[^\s:#][^:#]*?)*|-[^\s:#][^:#]*?/;

# { indent, key, value, line } of each mapping entry; and the line that no YAML has, or undef.
sub yaml_entries {
  my ($text) = @_;
  my (@entries, $open, $block);
  my $number = 0;
  my @lines = split /\r?\n/, $text =~ s/^\xef\xbb\xbf//r;
  for (@lines) {
    $number++;
    my ($indent) = map { length } /^( *)/;
    if ($open) {
      $open->{value} .= " $_";
      undef $open if is_whole($open->{value});
      next;
    }
    next if defined $block && (/^\s*$/ || $indent > $block);
    undef $block;
    next if /^\s*(?:#|$)/ || /^(?:---|\.\.\.|%)(?:\s|$)/ || /^%[A-Z]/;
    return (\@entries, $number) if /^ *\t/;
    my ($items, $rest) = /^ *((?:-\s+)*)(.*)$/;
    my $at = $indent + length $items;
    if ($rest =~ /^($word)\s*:(?:\s+(.*?))?\s*$/ || $rest =~ /^(\?|<<)\s*:?(?:\s+(.*?))?\s*$/) {
      my ($key, $value) = ($1, $2 // "");
      # What began as words of a value cannot have a key.
      return (\@entries, $number) if @entries && $entries[-1]{is_words} && $indent > $entries[-1]{indent};
      push @entries, { indent => $at, key => $key =~ s/^(["'])(.*)\1$/$2/sr, value => $value, line => $number };
      $value =~ s/^(?:[&!]\S*\s+)+//;
      if ($value =~ /^[|>][-+0-9]*\s*(?:#.*)?$/) { $block = $at }
      elsif (!is_whole($value)) { $open = $entries[-1] }
    }
    elsif ($items ne "" || $rest =~ /^-$/) {
      if ($rest =~ /^[|>][-+0-9]*\s*(?:#.*)?$/) { $block = $indent }
      elsif (!is_whole($rest)) { push @entries, $open = { indent => $at, key => "", value => $rest, line => $number } }
    }
    # A value may go on in the lines below it, which are further in.
    elsif (@entries && $indent > $entries[-1]{indent}) {
      $entries[-1]{is_words} = 1;
      $entries[-1]{value} .= " $rest";
    }
    else { return (\@entries, $number) }
  }
  return (\@entries, $open ? $open->{line} : undef);
}

# Its quotes and brackets are closed.
sub is_whole {
  my ($value) = @_;
  return $value =~ /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*(?:#.*)?$/s if $value =~ /^["']/;
  return 1 unless $value =~ /^[\[{]/;
  my $bare = $value =~ s/"(?:[^"\\]|\\.)*"|'[^']*'//gsr =~ s/\s#.*//r;
  return ($bare =~ tr/[{//) == ($bare =~ tr/]}//);
}

# A scalar; undef where it is none, or stands for something else.
sub scalar_of {
  my ($value) = @_;
  $value =~ s/^!!\w+\s+//;
  return $2 if $value =~ /^(["'])((?:(?!\1)[^\\]|'')*)\1\s*(?:#.*)?$/;
  return if $value =~ /^(?:["'\[{&*!|>@`%]|\$\{|\{\{)/;
  $value =~ s/(?:^|\s+)#.*$//;
  return $value =~ /^(?:~|null)?$/i ? "" : $value =~ s/\s+$//r;
}

sub database_in_yaml {
  my ($file) = @_;
  if (!-e $file) { return $! == 13 ? (is_closed => 1) : () }
  return (why => "it is no file") unless -f _;
  return (why => "it has more than " . ($largest >> 10) . " KB") if -s _ > $largest;
  my $text = text_of($file) // return (is_closed => 1);
  my ($entries, $bad_line) = yaml_entries($text);
  return (why => "line $bad_line is no YAML") if defined $bad_line;
  my (@found, $why);
  for my $at (0 .. $#$entries) {
    my ($key, $value) = @{$entries->[$at]}{qw(key value)};
    next unless $key =~ $section_name || $key =~ $url_name && $entries->[$at]{indent} == 0;
    my %of;
    my $scalar = scalar_of($value);
    if ($value =~ /^\{(.*)\}\s*(?:#.*)?$/s) { %of = parts_of(map { /^\s*($word)\s*:\s+(.*?)\s*$/s ? [$1, $2] : () } split /,/, $1) }
    elsif (!defined $scalar) { $why //= "line $entries->[$at]{line} says it in a way that is not read here" if $key =~ $section_name }
    elsif ($scalar ne "") { %of = connection_of($scalar) if $scalar =~ m{^[\w+]+://} }
    else { %of = parts_of(children_of($entries, $at)) }
    $why //= "line $entries->[$at]{line} says it in a way that is not read here" if delete $of{is_odd};
    push @found, { %of, line => $entries->[$at]{line} } if %of;
  }
  return (why => $why) if defined $why;
  my %places = map { my $of = $_; join("\0", map { $of->{$_} // "" } qw(kind host port name file)) => $of } @found;
  return (why => "it names several databases (lines " . join(", ", map { $_->{line} } @found) . ")") if keys %places > 1;
  return @found ? %{$found[0]} : ();
}

# Entries right below one, and no further in.
sub children_of {
  my ($entries, $at) = @_;
  my ($depth, @of);
  for (@$entries[$at + 1 .. $#$entries]) {
    last if $_->{indent} <= $entries->[$at]{indent};
    $depth //= $_->{indent};
    push @of, [@$_{qw(key value)}] if $_->{indent} == $depth;
  }
  return @of;
}

# One that is named twice is as it is named last.
sub parts_of {
  my (%of, %url);
  for (@_) {
    my ($key, $value) = (lc $_->[0], scalar_of($_->[1]));
    $key =~ s/^(["'])(.*)\1$/$2/;
    if ($key =~ $url_name) { %url = defined $value ? connection_of($value) : (is_odd => 1); next }
    if ($key =~ /^(?:driver|engine|type|dialect|backend)$/) { $of{kind} = ($value // "") =~ /sqlite/i ? "sqlite" : "postgresql"; next }
    my $part = $part_of{$key} // next;
    # Of a section within this one no value stands here.
    if (!defined $value) { $of{is_odd} = 1 }
    elsif ($value ne "") { $of{$part} = $value }
  }
  return %url if %url;
  delete $of{file} unless ($of{kind} // "") eq "sqlite";
  return grep({ defined $of{$_} } qw(host port user name file is_odd)) ? (kind => "postgresql", %of) : ();
}

sub filled { my %of = @_; return map { $_ => $of{$_} } grep { defined $of{$_} && $of{$_} ne "" } keys %of }

# The names of DATABASE_HOST, DB_HOST and the like.
sub database_in_environment {
  my ($set, $prefix) = @_;
  my %as = (HOST => "host", PORT => "port", USER => "user", USERNAME => "user", NAME => "name", DATABASE => "name", DB => "name");
  my %of = map { /^${prefix}_?(HOST|PORT|USER|USERNAME|NAME|DATABASE|DB)$/ ? ($as{$1} => $set->{$_}) : () } sort keys %$set;
  return filled(%of);
}

1;

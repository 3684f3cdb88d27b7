# What is printed of a log, kept within bounds. Another script has it by `require "../shared/log-lines.pl";`. Lines have no ends here.
#
# last_lines($file, $count): of a file, as tail has them.
# shorten($bytes, @lines): cuts each line; one in JSON that has more than 6000 bytes keeps its beginning and its end, where its exception stands.
# abridge(@lines): of lines in JSON with the same message the newest stays whole, and of the exceptions of the others the end is kept: what comes every
#   two seconds must not push out what came once.
# newest($bytes, @lines): the last lines that fit.
# now_and_zone(): "now=SECONDS zone=OFFSET", as date has them.

use strict;

sub last_lines {
  my ($file, $count) = @_;
  open my $in, "<", $file or return;
  my ($text, $at) = ("", -s $in);
  my $most = 16 << 20;
  while ($at > 0 && length $text < $most && ($text =~ tr/\n//) <= $count) {
    my $size = $at < 65_536 ? $at : 65_536;
    seek $in, $at -= $size, 0;
    read $in, my $part, $size or last;
    $text = $part . $text;
  }
  my @lines = split /\n/, $text, -1;
  pop @lines if @lines && $lines[-1] eq "";
  return @lines > $count ? @lines[-$count .. -1] : @lines;
}

# Where an object of JSON begins that is a record of a log, or undef.
sub is_record {
  my $at = index $_[0], "{";
  return $at >= 0 && $at < 159;
}

sub shorten {
  my ($most, @lines) = @_;
  return map {
    if (!is_record($_) || !/"(?:message|msg|event)" ?:/) { substr $_, 0, $most }
    elsif (length $_ <= 6000) { $_ }
    else {
      my $head = substr($_, 0, 1500) =~ s/\\+[^\\]?$//r;
      my $tail = substr($_, -4401) =~ s/^[^\\]*\\n//r;
      $head . '\n[...]\n' . $tail;
    }
  } @lines;
}

sub abridge {
  my (%seen, @kept);
  for my $line (reverse @_) {
    my $kept = $line;
    if (is_record($line) && length $line > 2000 && $line =~ /"(?:message|msg|event)" ?: ?"/) {
      my ($said, $head) = (substr($line, $+[0], 80), substr $line, 0, 400);
      if ($seen{$said}++ && $head =~ /"(?:exception|exc_info|traceback|stack_trace|stack)" ?: ?"/) {
        $kept = ($head =~ s/\\+[^\\]?$//r) . '\n[...]\n' . (substr($line, -801) =~ s/^[^\\]*\\n//r);
      }
    }
    unshift @kept, $kept;
  }
  return @kept;
}

sub newest {
  my ($most, @lines) = @_;
  my ($size, $from) = (0, 0);
  $size += 1 + length for @lines;
  $size -= 1 + length $lines[$from++] while $size > $most && $from < $#lines;
  return @lines[$from .. $#lines];
}

sub now_and_zone {
  my $now = time;
  my ($here, $there) = ([localtime $now], [gmtime $now]);
  my $days = $here->[7] <=> $there->[7];
  $days = $here->[5] <=> $there->[5] if $here->[5] != $there->[5];
  my $ahead = 1440 * $days + 60 * ($here->[2] - $there->[2]) + $here->[1] - $there->[1];
  return sprintf "now=%d zone=%s%02d%02d", $now, $ahead < 0 ? "-" : "+", abs($ahead) / 60, abs($ahead) % 60;
}

1;

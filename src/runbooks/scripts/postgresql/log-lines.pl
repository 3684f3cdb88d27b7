#!/usr/bin/perl
# Part of log-files.sh, which says what it answers.

# A record as PostgreSQL writes it with log_error_verbosity = verbose and Debian's log_line_prefix.
sub lines_of_record {
  my (%is) = @_;
  my $who = ($is{user} // "") . '@' . ($is{dbname} // "");
  my $head = "$is{timestamp} [" . ($is{pid} // "") . "] " . ($who eq '@' ? "" : "$who ");
  my $code = ($is{state_code} // "00000") eq "00000" ? "" : "$is{state_code}: ";
  return map { s/\s*\n\s*/ /gr } "$head$is{error_severity}:  $code$is{message}",
    map { ($is{$_->[1]} // "") eq "" ? () : "$head$_->[0]:  $is{$_->[1]}" } [DETAIL => "detail"], [HINT => "hint"], [STATEMENT => "statement"];
}

my %record = (
  csvlog => sub {
    my @fields = map { s/^"(.*)"$/$1/sr =~ s/""/"/gr } $_[0] =~ /\G((?:"(?:[^"]|"")*")|[^,"\n]*)(?:,|\z)/g;
    my %is;
    @is{qw(timestamp user dbname pid error_severity state_code message detail hint statement)} = @fields[0, 1, 2, 3, 11, 12, 13, 14, 15, 19];
    return lines_of_record(%is);
  },
  jsonlog => sub {
    my %is;
    my %plain = (n => "\n", t => "\t", r => "", b => "", f => "");
    while ($_[0] =~ /"(\w+)":(?:"((?:[^"\\]|\\.)*)"|(-?\d+))/g) {
      my ($name, $text, $number) = ($1, $2, $3);
      $is{$name} = $number // $text =~ s/\\(?:u([0-9a-fA-F]{4})|(.))/defined $1 ? (hex $1 < 127 ? chr hex $1 : "?") : $plain{$2} \/\/ $2/ger;
    }
    return lines_of_record(%is);
  },
);

sub syslog_line {
  my ($line) = @_;
  my %month;
  @month{qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec)} = (1 .. 12);
  my ($now_month, $year) = (localtime)[4, 5];
  $line =~ s{^([A-Z][a-z]{2}) +(\d+) (\S+) }{sprintf "%d-%02d-%02dT%s ", 1900 + $year - ($month{$1} > $now_month + 1 ? 1 : 0), $month{$1}, $2, $3}e;
  return $line =~ s/^(\S+) \S+ /$1 /r;
}

# The newest lines, from its last start that succeeded: what it said before is history.
sub lines_of {
  my ($kind, $file, $ident) = @_;
  open my $in, "<", $file or return;
  if (-s $in > 262144) { seek $in, -262144, 2; <$in> }
  my @lines = <$in>;
  chomp @lines;
  if ($kind eq "csvlog") {
    my @records;
    for (@lines) { if (/^\d{4}-\d\d-\d\d [\d:.]+ \S+,/) { push @records, $_ } elsif (@records) { $records[-1] .= "\n$_" } }
    @lines = @records;
  }
  @lines = map { syslog_line($_) } grep { / \Q$ident\E\[\d+\]: / } @lines if $kind eq "syslog";
  @lines = @lines[-300 .. -1] if @lines > 300;
  @lines = map { $record{$kind}->($_) } @lines if $record{$kind};
  my $gone = $kind eq "first" ? "|redirecting log output to logging collector|ending log output to stderr" : "";
  my ($from) = grep { $lines[$_] =~ /ready to accept connections$gone/ } reverse 0 .. $#lines;
  return defined $from ? @lines[$from .. $#lines] : @lines;
}

my @lines;
while (<STDIN>) {
  my ($kind, $file, $ident) = /^(\w+)\t(.+?)(?:\t(.+))?$/ or next;
  push @lines, lines_of($kind, $file, $ident);
}
print map { substr($_, 0, 300) . "\n" } @lines > 80 ? @lines[-80 .. -1] : @lines;
1;

# What systemd gives a unit as settings, and what its program reads beside them. Another script has it by
# `require "../shared/unit-settings.pl";`, after `require "../shared/paths.pl";`.
#
# lines_of(@command): its lines; none where it cannot be run.
# text_of($file, $most): the file's beginning in whole lines; undef where it cannot be read. Without $most 2 MiB of it.
# shown_units(\@properties, @names): a hash a unit, as systemctl show has them. A name may be a pattern of units that are
#   loaded.
# argv_of(\%unit): its command line. folder_of(\%unit): its working folder, or "".
# unit_words($text): the words of Environment= and of systemctl show, without their quotes.
# environment_files(\%unit): what EnvironmentFile= means, in its order.
# settings_in_unit_file($file), settings_in_dotenv($file): { name, value, file, line } of each line that sets one, by the
#   rules of systemd (systemd.exec(5): no export, and no comment behind a value) and of python-dotenv. undef where the
#   file cannot be read.
# settings_of(\%unit): all of them by their order, the last of a name counts: .env of the working folder, Environment=,
#   EnvironmentFile= (systemd.exec(5); python-dotenv and pydantic leave what is set). Of Environment= without file and line.
# connection_of($url): kind (postgresql, sqlite, unknown), user, host, port, name, file: where a URL of SQLAlchemy or libpq
#   leads to. Never a password, nor a part of one: what does not fit is unknown.
# cache_of($url): HOST:PORT of a URL of Redis, or its socket file.

use strict;
use warnings;

sub lines_of {
  no warnings "exec";
  my $from;
  open $from, "-|", @_ or return;
  my @lines = <$from>;
  close $from;
  chomp @lines;
  return @lines;
}

sub text_of {
  my ($file, $most) = @_;
  return unless defined $file && -f $file;
  open my $in, "<", $file or return;
  $most //= 1 << 21;
  my $text;
  my $size = read $in, $text, $most;
  return unless defined $size;
  # Half of a value is none.
  $text =~ s/[^\n]*\z// if $size == $most;
  return $text;
}

sub shown_units {
  my ($properties, @names) = @_;
  return unless @names;
  # With --all a pattern means those too that are not running.
  my (@units, $unit);
  # Of a single one others may ask too, for other properties.
  my @wanted = @names == 1 && defined &ask_once ? () : map { ("-p", $_) } @$properties;
  my @command = ("systemctl", "show", "--all", "--no-pager", @wanted, "--", @names);
  for (@wanted ? lines_of(@command) : split(/\n/, ask_once(@command) // ""), "") {
    if (/^([A-Za-z]+)=(.*)$/) {
      $unit //= { map { $_ => "" } @$properties };
      # Some properties have a line for each of their values.
      $unit->{$1} = $unit->{$1} eq "" ? $2 : "$unit->{$1} $2" if exists $unit->{$1};
    }
    elsif ($unit) { push @units, $unit; undef $unit }
  }
  return @units;
}

sub argv_of { my ($unit) = @_; return $unit->{ExecStart} =~ /argv\[\]=(.*?) ;/ ? $1 : "" }
sub folder_of { my ($unit) = @_; return $unit->{WorkingDirectory} =~ m{^[-!]*(/.*)} ? $1 : "" }

my %escaped = (n => "\n", t => "\t");
sub unit_words {
  my ($text) = @_;
  my @found;
  while ($text =~ /\G\s*(?:"((?:[^"\\]+|\\.)*+)"|'((?:[^'\\]+|\\.)*+)'|(\S+))/gcs) {
    my ($quoted, $bare) = ($1 // $2, $3);
    push @found, defined $quoted ? $quoted =~ s/\\(.)/$escaped{$1} \/\/ $1/gser : $bare;
  }
  return @found;
}

sub environment_files {
  my ($unit) = @_;
  my @patterns = $unit->{EnvironmentFiles} =~ m{(?:^|\s)-?(/.*?)(?: \(ignore_errors=\w+\)|$)}g;
  return map { paths_like(s/\\/\\\\/gr) } @patterns;
}

# In double quotes a backslash is one but before these (systemd's env-file.c).
sub unquoted {
  my ($text) = @_;
  my $value = "";
  while ($text =~ /'([^']*)'|"((?:[^"\\]+|\\.)*+)"/gs) { $value .= $1 // $2 =~ s/\\\n//gr =~ s/\\(["\\`\$])/$1/gr }
  return $value;
}

# An assignment, or a comment, with the end of its line: name, what is quoted, the rest. A backslash takes the next character
# with it, the end of a line too.
my $quoted = qr/(?:[ \t\r]*(?:'[^']*'|"(?:[^"\\]+|\\.)*+"))*/s;
my $bare = qr/(?:[^\\\n]+|\\.)*+/s;
my $assignment = qr/[ \t\r]*(?:[#;]$bare|([^=\n]*)(?:=($quoted)[ \t\r]*($bare))?)(?:\n|\z)/;
sub settings_in_unit_file {
  my ($file) = @_;
  my $text = text_of($file) // return;
  my ($line, @set) = (1);
  while ($text =~ /\G($assignment)/gc) {
    my ($whole, $name, $quoted, $rest) = ($1, $2, $3, $4);
    last if $whole eq "";
    # A quote without its end takes all that follows.
    last if defined $rest && $rest =~ /^["']/;
    $name =~ s/\s+$// if defined $name;
    if (defined $quoted && $name =~ /^[A-Za-z_]\w*$/) {
      my $value = unquoted($quoted) . ($rest =~ s/[ \t\r]+\z//r =~ s/\\\n//gr =~ s/\\(.)/$1/gsr);
      push @set, { name => $name, value => $value, file => $file, line => $line };
    }
    $line += $whole =~ tr/\n//;
  }
  return \@set;
}

sub settings_in_dotenv {
  my ($file) = @_;
  my $text = text_of($file) // return;
  my ($line, @set) = (0);
  for (split /\n/, $text) {
    $line++;
    # A # begins a comment only after a space: passwords have them too.
    /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(?:"((?:[^"\\]+|\\.)*+)"|'([^']*)'|(.*?))(?:\s+#.*)?\s*$/ or next;
    my ($name, $quoted, $bare) = ($1, $2, $3 // $4);
    push @set, { name => $name, value => $bare // $quoted =~ s/\\(["\\])/$1/gr, file => $file, line => $line };
  }
  return \@set;
}

sub settings_of {
  my ($unit) = @_;
  my $folder = folder_of($unit);
  my %unset = map { $_ => 1 } unit_words($unit->{UnsetEnvironment} // "");
  my @of_unit = (
    (map { /^(\w+)=(.*)$/s ? { name => $1, value => $2 } : () } unit_words($unit->{Environment})),
    (map { @{settings_in_unit_file($_) // []} } environment_files($unit)),
  );
  return (
    ($folder eq "" ? () : @{settings_in_dotenv("$folder/.env") // []}),
    grep { !$unset{$_->{name}} && !$unset{"$_->{name}=$_->{value}"} } @of_unit,
  );
}

sub unescaped { return $_[0] =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ger }

sub connection_of {
  my ($url) = @_;
  return () if $url eq "";
  my ($base, $query) = $url =~ /^([^?]*)(?:\?(.*))?$/s;
  $query //= "";
  return (kind => "sqlite", file => $1) if $base =~ m{^sqlite(?:\+\w+)?://(?:[^/]*@)?/?([^@]*)$};
  # The query of a password with a question mark has its end.
  return (kind => "unknown") if $query =~ /@/ && $base !~ /@/;
  # A password may have an @ itself, so the last one ends it.
  $base =~ m{^postgres(?:ql)?(?:\+\w+)?://(?:([^:@/]*)(?::.*)?@)?(\[[0-9a-f:.]+\]|[\w.-]*)(?::(\d{1,5}))?(?:/([\w.%-]*))?$}i or return (kind => "unknown");
  my %of = (kind => "postgresql", user => unescaped($1 // ""), host => $2, port => $3, name => unescaped($4 // ""));
  $of{host} = unescaped($1) if $query =~ /(?:^|&)host=([^&]+)/;
  return %of;
}

sub cache_of {
  my ($url) = @_;
  my $plain = $url =~ s/\?.*//sr;
  return $1 if $plain =~ m{^(?:redis\+socket|unix)://(?:.*@)?(/[\w./-]+)$};
  return $plain =~ m{^rediss?://(?:.*@)?([\w.-]+(?::\d{1,5})?)(?:/\d*)?$} ? $1 : "";
}

1;

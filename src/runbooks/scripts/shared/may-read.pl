# For a look that the login may not be allowed to take. Another script has it by `require "../shared/may-read.pl";`.
#
# is_closed($path): it may not be read, or it lies behind a folder that may not be passed, so that nobody can say that it is not there.
# nearest_seen($path): itself, or the nearest folder above it that can be seen.
# refuse($what): says so and ends the script with 77; the probe's grant is the remedy then.
# is_journal_closed(): the login may not read the system journal, or there is none.
# may_open($path), may_pass($folder): whether this login may, as the kernel decides: perl's own -r and -x know no access lists.

use strict;

# O_NONBLOCK: a pipe is not waited for.
sub may_open {
  my ($path) = @_;
  return -d $path ? opendir(my $dir, $path) : -p _ || -S _ ? -r _ : sysopen(my $file, $path, 2048);
}
sub may_pass { return lstat("$_[0]/.") ? 1 : 0 }

sub nearest_seen {
  my ($at) = @_;
  until (stat $at) { $at = $at !~ m{/} ? "." : $at =~ s{/[^/]*$}{}r || "/" }
  return $at;
}
sub is_closed {
  my ($path) = @_;
  my $at = nearest_seen($path);
  return $at eq $path ? !may_open($at) : -d $at && !may_pass($at);
}

sub refuse { print STDERR "this login may not read $_[0]\n"; exit 77 }

# Where all its files can be read there is no need to ask journalctl, which takes 8 ms of CPU.
sub is_journal_open {
  my ($program) = grep { -x } map { "$_/journalctl" } split /:/, $ENV{PATH} // "";
  return 0 unless ($program // "") =~ m{^/(?:usr/)?bin/journalctl$};
  my $found = 0;
  for my $folder (grep { -d } "/var/log/journal", "/run/log/journal") {
    opendir my $in, $folder or return 0;
    for my $machine (map { "$folder/$_" } grep { !/^\./ } readdir $in) {
      opendir my $files, $machine or return 0;
      for my $file (map { "$machine/$_" } grep { /\.journal$/ } readdir $files) {
        open my $journal, "<", $file or return 0;
        $found = 1;
      }
    }
  }
  return $found;
}
sub is_journal_closed {
  return 0 if is_journal_open();
  my $said = `journalctl -n 0 2>&1 >/dev/null` // "";
  return $said =~ /not seeing messages|insufficient permissions|No journal files/ ? 1 : 0;
}

1;

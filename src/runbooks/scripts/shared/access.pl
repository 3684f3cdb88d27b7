# Whether an account may read a file, by modes and access lists (acl(5)). Another script has it by
# `require "../shared/access.pl";`, after `require "../shared/kernel.pl";`.
#
# may_read($user, \@groups, $path): 1, 0, or undef where nobody can say: its folders are closed to this login, the account
#   is not known here, or there is an access list that cannot be read. @groups: names or numbers of those that the account
#   has besides its own.

use strict;
use warnings;

my %groups;    # of an account, by number
sub groups_of {
  my ($user, $more) = @_;
  return $groups{join " ", $user, @$more} //= do {
    my @own;
    if (open my $id, "-|", "id", "-G", "--", $user) { @own = split " ", join " ", <$id>; close $id }
    +{ map { $_ => 1 } @own, grep { defined } map { /^\d+$/ ? $_ : scalar getgrnam $_ } @$more };
  };
}

sub may_read {
  my ($user, $more, $path) = @_;
  my $at = "";
  for my $part (grep { $_ ne "" } split m{/}, $path =~ s{/[^/]*$}{}r) {
    $at .= "/$part";
    my $enters = allows($user, $more, $at, 1);
    return $enters unless $enters;
  }
  return allows($user, $more, $path, 4);
}

# Whether the account has the bit (4: read, 1: enter) of one file or folder.
sub allows {
  my ($user, $more, $path, $bit) = @_;
  my @stat = stat $path or return;
  my $uid = getpwnam $user;
  return unless defined $uid;
  return 1 if $uid == 0;
  my ($mode, $owner, $group) = @stat[2, 4, 5];
  return $mode >> 6 & $bit ? 1 : 0 if $owner == $uid;
  my $list = access_list($path);
  return unless defined $list;
  my $groups = groups_of($user, $more // []);
  return of_list($list, $uid, $groups, $group, $bit) if @$list;
  return ($groups->{$group} ? $mode >> 3 : $mode) & $bit ? 1 : 0;
}

# As the kernel decides (acl(5), "Access check algorithm"): named accounts, then all groups that fit, then everybody else.
my %kind = (0x02 => "user", 0x04 => "owning group", 0x08 => "group", 0x10 => "mask", 0x20 => "other");
sub of_list {
  my ($list, $uid, $groups, $owning, $bit) = @_;
  my ($mask) = map { $_->{bits} } grep { $_->{kind} eq "mask" } @$list;
  $mask //= 7;
  my ($named) = grep { $_->{kind} eq "user" && $_->{id} == $uid } @$list;
  return $named->{bits} & $mask & $bit ? 1 : 0 if $named;
  my @of_groups = grep { $_->{kind} eq "owning group" ? $groups->{$owning} : $_->{kind} eq "group" && $groups->{$_->{id}} } @$list;
  return grep({ $_->{bits} & $mask & $bit } @of_groups) ? 1 : 0 if @of_groups;
  return grep({ $_->{kind} eq "other" && $_->{bits} & $bit } @$list) ? 1 : 0;
}

# The entries of its access list: none where it has no list, undef where that cannot be read. getfacl is on few hosts;
# anybody may read the attribute that holds it (xattr(7)), by a system call whose number each machine has its own of.
my $call = system_call("getxattr");
sub access_list {
  my ($path) = @_;
  my ($name, $value) = ("system.posix_acl_access", "\0" x 4096);
  return listed($path) ? undef : [] unless defined $call;
  my $length = eval { syscall $call, $path, $name, $value, length $value };
  return unless defined $length;
  # No such attribute, or a file system that has none (errno(3)).
  return $! == 61 || $! == 95 ? [] : undef if $length < 0;
  my ($version, @entries) = unpack "V (vvV)*", substr $value, 0, $length;
  return unless $version == 2;
  my @list;
  while (my ($tag, $bits, $id) = splice @entries, 0, 3) {
    push @list, { kind => $kind{$tag} // "owner", bits => $bits, id => $id };
  }
  return \@list;
}

# ls marks those that have one with a plus.
sub listed {
  my ($path) = @_;
  open my $ls, "-|", "ls", "-ld", "--", $path or return 1;
  my $line = <$ls> // "";
  close $ls;
  return $line !~ /^[a-z-]{10}[.@ ]/i;
}

1;

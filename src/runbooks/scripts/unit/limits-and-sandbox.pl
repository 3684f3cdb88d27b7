#!/usr/bin/perl
# Part of limits-and-sandbox.sh, which says what it answers.

my $keys = qr/^(?:Restrict\w+|IPAddress\w+|SystemCall\w+|\w*Capabilit\w+|MemoryDenyWriteExecute|NoNewPrivileges|Private\w+|Protect\w+|DynamicUser|Read\w+Paths|InaccessiblePaths|ExecPaths|NoExecPaths|TemporaryFileSystem|Bind\w*Paths|Root\w+|Limit\w+|Tasks\w+|Memory(?:Max|High|Limit)|CPUQuota|UMask|KillMode|UnsetEnvironment|User|Group|SupplementaryGroups|SocketBind\w+|NetworkNamespacePath|JoinsNamespaceOf|AppArmorProfile|Device(?:Allow|Policy)|Standard(?:Input|Output|Error)|TTYPath|WorkingDirectory|(?:Runtime|State|Cache|Logs|Configuration)Directory|LoadCredential(?:Encrypted)?|Nice|OOMScoreAdjust|(?:CPU|IO)Scheduling\w+|CPUAffinity|NUMA\w+|TimerSlackNSec|SecureBits|Slice|PAMName|SELinuxContext|SmackProcessLabel|Personality|KeyringMode|MountImages|ExtensionImages|ExecStart|EnvironmentFile)$/;
my $list = qr/^(?:RestrictAddressFamilies|IPAddress|SystemCallFilter|CapabilityBoundingSet|AmbientCapabilities|Read|InaccessiblePaths|ExecPaths|NoExecPaths|TemporaryFileSystem|Bind|SocketBind|SupplementaryGroups|DeviceAllow|UnsetEnvironment|(?:Runtime|State|Cache|Logs|Configuration)Directory|LoadCredential|MountImages|ExtensionImages|ExecStart$|EnvironmentFile)/;
my ($file, $n, $held, %set, @order) = ("-", 0, "");
while (<STDIN>) {
  chomp;
  if (m{^# (/\S.*)$}) { ($file, $n, $held) = ($1, 0, ""); next }
  $n++;
  next if /^\s*[#;]/;
  if (s/\\$//) { $held .= "$_ "; next }
  my ($key, $value) = "$held$_" =~ /^\s*(\w+)\s*=\s*(.*?)\s*$/;
  $held = "";
  next unless defined $key;
  # The manager's come first, so that the unit's own take their place.
  $key =~ s/^Default(?=Limit\w|TasksMax$)//;
  next unless $key =~ $keys;
  $value =~ s/\s+/ /g;
  # It may take a name with one value only, which may be a secret.
  $value = join " ", map { /^["\x27]?(\w+)/ } $value =~ /"[^"]*"|\x27[^\x27]*\x27|\S+/g if $key eq "UnsetEnvironment";
  push @order, $key unless $set{$key};
  $set{$key} = [] if $value eq "" || $key !~ $list || !$set{$key};
  push @{$set{$key}}, [$value, "$file:$n"] if $value ne "";
}
for my $key (@order) {
  my @all = @{$set{$key}} or next;
  print join("\t", map { substr s/[^ -~]/?/gr, 0, 300 } $key, join(" ", map { $_->[0] } @all), $all[-1][1]), "\n";
}
# The kernel keeps ports below this one for those with CAP_NET_BIND_SERVICE (ip(7)); 1024, if nobody set it.
sub kernel_setting {
  my ($name) = @_;
  open my $in, "<", "/proc/sys/" . $name =~ tr,.,/,r or return;
  my ($value) = <$in> =~ /^(\d+)/ or return;
  return if $value <= 1024;
  # The last by name counts, and of two with one name the one in /etc (sysctl.d(5)).
  my %file;
  for my $folder ("/usr/lib/sysctl.d", "/run/sysctl.d", "/etc/sysctl.d") {
    opendir my $all, $folder or next;
    $file{$_} = "$folder/$_" for grep { /[.]conf$/ } readdir $all;
  }
  my $place = "-";
  for my $file ("/etc/sysctl.conf", map { $file{$_} } sort keys %file) {
    open my $lines, "<", $file or next;
    while (<$lines>) { $place = "$file:$." if m{^\s*-?([\w./]+)\s*=\s*(\d+)\s*$} && $1 =~ tr,/,.,r eq $name && $2 == $value }
  }
  print join("\t", $name, $value, $place), "\n";
}
kernel_setting("net.ipv4.ip_unprivileged_port_start");
print "=== end\n"

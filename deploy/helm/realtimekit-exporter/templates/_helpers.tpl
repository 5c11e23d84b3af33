{{- define "realtimekit-exporter.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "realtimekit-exporter.fullname" -}}
{{- $name := include "realtimekit-exporter.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "realtimekit-exporter.selectorLabels" -}}
app.kubernetes.io/name: {{ include "realtimekit-exporter.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- /* The labels of an object: (list $ its-own). Those that are selected can't be replaced. */}}
{{- define "realtimekit-exporter.labels" -}}
{{- $ := index . 0 }}
{{- $chart := printf "%s-%s" $.Chart.Name $.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- $standard := dict "helm.sh/chart" $chart "app.kubernetes.io/version" $.Chart.AppVersion "app.kubernetes.io/managed-by" $.Release.Service }}
{{- $selected := include "realtimekit-exporter.selectorLabels" $ | fromYaml }}
{{- mergeOverwrite $standard $.Values.commonLabels (index . 1) $selected | toYaml }}
{{- end }}

{{- define "realtimekit-exporter.serviceAccountName" -}}
{{- default (.Values.serviceAccount.create | ternary (include "realtimekit-exporter.fullname" .) "default") .Values.serviceAccount.name }}
{{- end }}

{{- define "realtimekit-exporter.image" -}}
{{- with .Values.image }}
{{- with .registry }}{{ . }}/{{ end }}{{ .repository }}
{{- if .digest }}@{{ .digest }}{{ else }}:{{ default (printf "v%s" $.Chart.AppVersion) .tag }}{{ end }}
{{- end }}
{{- end }}

{{- define "realtimekit-exporter.secretName" -}}
{{- default (include "realtimekit-exporter.fullname" .) .Values.apiToken.existingSecret }}
{{- end }}

{{- define "realtimekit-exporter.tokenFile" -}}
/run/secrets/realtimekit-exporter/{{ .Values.apiToken.key }}
{{- end }}

{{- define "realtimekit-exporter.cacheDirectory" -}}
/var/lib/realtimekit_exporter
{{- end }}

{{- /* The configuration, with the directory of the cache, and the file of the token where an account names no token. */}}
{{- define "realtimekit-exporter.config" -}}
{{- $config := deepCopy .Values.config }}
{{- if .Values.cache.enabled }}
{{- $directory := dict "directory" (include "realtimekit-exporter.cacheDirectory" .) }}
{{- $_ := set $config "cache" (mergeOverwrite $directory (default dict $config.cache)) }}
{{- end }}
{{- range $config.accounts }}
{{- if not (or (hasKey . "api_token") (hasKey . "api_token_file")) }}
{{- $_ := set . "api_token_file" (include "realtimekit-exporter.tokenFile" $) }}
{{- end }}
{{- end }}
{{- toYaml $config }}
{{- end }}

{{- /* 90 % of the memory limit in bytes, unless there is no limit or extraEnv has the variable. */}}
{{- define "realtimekit-exporter.gomemlimit" -}}
{{- $limit := dig "limits" "memory" "" .Values.resources }}
{{- range .Values.extraEnv }}{{ if eq .name "GOMEMLIMIT" }}{{ $limit = "" }}{{ end }}{{ end }}
{{- if $limit }}
{{- $units := dict "" 1 "k" 1e3 "M" 1e6 "G" 1e9 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 }}
{{- $unit := regexFind "[A-Za-z]*$" $limit }}
{{- mulf (trimSuffix $unit $limit | float64) (get $units $unit) 0.9 | floor | printf "%.0f" }}
{{- end }}
{{- end }}

{{- define "realtimekit-exporter.validate" -}}
{{- if and .Values.accountId .Values.config }}
{{- fail "accountId and config are mutually exclusive: set one of them" }}
{{- else if not (or .Values.accountId .Values.config) }}
{{- fail "no account: set accountId to collect every app of an account, or config" }}
{{- end }}
{{- if and .Values.apiToken.existingSecret .Values.apiToken.value }}
{{- fail "apiToken.existingSecret and apiToken.value are mutually exclusive: set one of them" }}
{{- else if not (or .Values.apiToken.existingSecret .Values.apiToken.value) }}
{{- fail "no API token: set apiToken.existingSecret to the name of a Secret, or apiToken.value" }}
{{- end }}
{{- end }}
